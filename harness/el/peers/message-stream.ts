import { PeerError } from './peer-network.ts'

const prefixBytes = 4

/**
 * Cuts a byte stream into messages: a big-endian uint32 with the length, then that many bytes. Holds at most one
 * unfinished message.
 */
export class MessageStream {
  #chunks: Uint8Array[] = []
  #buffered = 0
  /** A longer message is refused before it is read. */
  bytesMax: number

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax
  }

  /**
   * The messages that these bytes complete, in order. The next one is only looked at when the caller asks, so that
   * `bytesMax` may change in between.
   * @throws PeerError when a message announces more than `bytesMax`.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (;;) {
      if (this.#buffered < prefixBytes) return
      const length = this.#peekLength()
      if (length > this.bytesMax)
        throw new PeerError(`expected a message of at most ${this.bytesMax} bytes, announced are ${length}`)
      if (this.#buffered < prefixBytes + length) return
      const all = this.#joined()
      const end = prefixBytes + length
      this.#chunks = all.length > end ? [all.subarray(end)] : []
      this.#buffered = all.length - end
      yield all.subarray(prefixBytes, end)
    }
  }

  #peekLength(): number {
    if ((this.#chunks[0]?.length ?? 0) < prefixBytes) this.#joined()
    const first = this.#chunks[0] as Uint8Array
    return new DataView(first.buffer, first.byteOffset).getUint32(0)
  }

  #joined(): Uint8Array {
    const [only, ...more] = this.#chunks
    const joined =
      only !== undefined && more.length === 0 ? only : new Uint8Array(Buffer.concat(this.#chunks))
    this.#chunks = [joined]
    return joined
  }
}

/** The message with its length before it. */
export function frameMessage(message: Uint8Array): Uint8Array {
  const framed = new Uint8Array(prefixBytes + message.length)
  new DataView(framed.buffer).setUint32(0, message.length)
  framed.set(message, prefixBytes)
  return framed
}
