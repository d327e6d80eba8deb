/** Bytes for which memory is reserved before any of them is there. */
const reservedAtOnce = 1024 * 1024

/** Takes exact amounts from a stream of chunks, which it reads only as far as it must. */
export class StreamBuffer {
  readonly #source: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = new Uint8Array()
  #ended = false
  #failed = false

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]()
  }

  /** True when the stream ended with an error. */
  get failed(): boolean {
    return this.#failed
  }

  /** The next byte, which stays; undefined at the end. */
  async peek(): Promise<number | undefined> {
    await this.#fill()
    return this.#chunk[0]
  }

  /**
   * Exactly `length` bytes; undefined when the stream ends before. Memory for much is reserved only when a part of it has
   * come; growing step by step instead would copy hundreds of megabytes.
   */
  async take(length: number): Promise<Uint8Array | undefined> {
    const parts: Uint8Array[] = []
    let result = length > reservedAtOnce ? undefined : new Uint8Array(length)
    for (let filled = 0; filled < length; ) {
      await this.#fill()
      if (this.#chunk.length === 0) return undefined
      const part = this.#chunk.subarray(0, length - filled)
      this.#chunk = this.#chunk.subarray(part.length)
      if (result !== undefined) result.set(part, filled)
      else parts.push(part)
      filled += part.length
      if (result === undefined && filled * 8 >= length) {
        result = new Uint8Array(length)
        let offset = 0
        for (const early of parts.splice(0)) {
          result.set(early, offset)
          offset += early.length
        }
      }
    }
    return result
  }

  /** Ends the stream early. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  async #fill(): Promise<void> {
    while (this.#chunk.length === 0 && !this.#ended)
      try {
        const next = await this.#source.next()
        if (next.done === true) this.#ended = true
        else this.#chunk = next.value
      } catch {
        this.#ended = true
        this.#failed = true
      }
  }
}
