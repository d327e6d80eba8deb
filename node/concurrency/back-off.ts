import type { Random } from '../ports/random.ts'

/** Delays of a doubling back-off, in milliseconds. */
export interface BackOff {
  /** The delay before the next attempt; each call without `reset` in between doubles it up to the maximum. */
  next(): number
  /** After a success. */
  reset(): void
}

/**
 * @param random shortens each delay by up to a quarter: nodes that lost the same provider, or each other, at the same
 * moment must not come back in step. Without it delays are exact, as towards an own engine.
 */
export function createBackOff(options: {
  readonly firstMs: number
  readonly maxMs: number
  readonly random?: Random | undefined
}): BackOff {
  const { firstMs, maxMs, random } = options
  let delayMs = firstMs
  return {
    next() {
      const current = delayMs
      delayMs = Math.min(delayMs * 2, maxMs)
      const [byte = 0] = random?.bytes(1) ?? []
      return current * (1 - byte / 1024)
    },
    reset() {
      delayMs = firstMs
    },
  }
}
