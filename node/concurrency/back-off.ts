/** Delays of a doubling back-off, in milliseconds. */
export interface BackOff {
  /** The delay before the next attempt; each call without `reset` in between doubles it up to the maximum. */
  next(): number
  /** After a success. */
  reset(): void
}

export function createBackOff({ firstMs, maxMs }: { firstMs: number; maxMs: number }): BackOff {
  let delayMs = firstMs
  return {
    next() {
      const current = delayMs
      delayMs = Math.min(delayMs * 2, maxMs)
      return current
    },
    reset() {
      delayMs = firstMs
    },
  }
}
