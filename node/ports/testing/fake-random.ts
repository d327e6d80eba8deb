import type { Random } from '../random.ts'

/** Random bytes that are all the same, 0 unless told: nothing is jittered by zero. */
export function createFakeRandom(byte = 0): Random {
  return { bytes: (length) => new Uint8Array(length).fill(byte) }
}
