/** What one connection has of a budget. */
export interface Hold {
  /** How many bytes wait for its client now. */
  set(bytes: number): void
}

export interface HeldBytesOptions {
  /** Of all together, beyond the first `freeBytes` of each. */
  readonly totalMax: number
  /** Each may have these whatever the others take. */
  readonly freeBytes: number
}

/**
 * One budget for what several connections have waiting for their clients. When it is used up, the one that has had much of
 * it for longest ends: a client that reads is soon rid of it, and one that does not read must not keep others from their
 * answers.
 */
export class HeldBytes {
  readonly #options: HeldBytesOptions
  /** The one that has had more than its free bytes for longest is the first. */
  readonly #held = new Map<() => void, number>()
  #total = 0

  constructor(options: HeldBytesOptions) {
    this.#options = options
  }

  /** @param end ends the connection; what it held counts no more then. */
  hold(end: () => void): Hold {
    return { set: (bytes) => this.#set(end, bytes) }
  }

  #set(end: () => void, bytes: number): void {
    const { totalMax, freeBytes } = this.#options
    const counted = Math.max(0, bytes - freeBytes)
    this.#total += counted - (this.#held.get(end) ?? 0)
    if (counted === 0) this.#held.delete(end)
    else this.#held.set(end, counted)
    for (const [longest, its] of this.#held) {
      if (this.#total <= totalMax) break
      this.#held.delete(longest)
      this.#total -= its
      longest()
    }
  }
}
