/**
 * The data of a channel's frames by number, as a Map would hold it. A Map alone takes as much memory as a channel counts
 * for a frame, and a bank may hold half a million channels of one frame each: it is made for the second.
 */
export class FrameMap {
  #first: number | undefined
  #firstData: Uint8Array | undefined
  #others: Map<number, Uint8Array> | undefined

  get size(): number {
    return (this.#first === undefined ? 0 : 1) + (this.#others?.size ?? 0)
  }

  get(number: number): Uint8Array | undefined {
    return number === this.#first ? this.#firstData : this.#others?.get(number)
  }

  has(number: number): boolean {
    return number === this.#first || (this.#others?.has(number) ?? false)
  }

  /** `number` must be new. */
  add(number: number, data: Uint8Array): void {
    if (this.#first === undefined) {
      this.#first = number
      this.#firstData = data
    } else {
      this.#others ??= new Map()
      this.#others.set(number, data)
    }
  }

  delete(number: number): void {
    if (number !== this.#first) this.#others?.delete(number)
    else {
      this.#first = undefined
      this.#firstData = undefined
    }
  }

  *keys(): Generator<number, void> {
    if (this.#first !== undefined) yield this.#first
    if (this.#others !== undefined) yield* this.#others.keys()
  }
}
