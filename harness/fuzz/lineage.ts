/**
 * A seed says all that a run follows from: `17` is drawn, `17~40` is that run changed by 40, `17~40~63` that one by 63, and
 * `source-replays~17` is a known incident changed by 17. So what a campaign finds is replayed by its seed alone.
 */
export function lineageOf(seed: string): readonly string[] {
  return seed.split('~')
}

export function withMutation(seed: string, number: number): string {
  return `${seed}~${number}`
}

/** The seed that this one changes; null for one that is drawn. */
export function parentOf(seed: string): string | null {
  const at = seed.lastIndexOf('~')
  return at < 0 ? null : seed.slice(0, at)
}

/** A root that is drawn is a number; the others are names of incidents. */
export const isDrawn = (root: string): boolean => /^\d+$/.test(root)
