/** Part `index` of `count` of a campaign, counted from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** Gives the seeds of a shard: `first`, `first + 1`, … of which it takes every `count`th. Null when they are used up. */
export function createSeeds(first: number, seeds: number, { index, count }: Shard): () => string | null {
  let at = index - 1
  return () => {
    if (at >= seeds) return null
    const seed = first + at
    at += count
    return String(seed)
  }
}
