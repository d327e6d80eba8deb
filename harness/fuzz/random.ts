import { seededRandom } from '../seeded-random.ts'

/** Numbers that follow from a seed, so that a run can be repeated. */
export interface SeededRandom {
  /** An integer from 0 to `below - 1`. */
  below(below: number): number
  pick<T>(values: readonly T[]): T
  bytes(length: number): Uint8Array
}

export function createSeededRandom(seed: number): SeededRandom {
  const next = seededRandom(seed)
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    below,
    pick: (values) => values[below(values.length)]!,
    bytes: (length) => Uint8Array.from({ length }, () => below(256)),
  }
}
