import { PeerError } from './peer-network.ts'

const prefixBytes = 4
const typeBytes = 1

/**
 * Cuts a byte stream into messages: a big-endian uint32 with the length, then that many bytes. Holds at most one
 * unfinished message.
 */
export class MessageStream {
  #chunks: Uint8Array[] = []
  #buffered = 0
  readonly #bytesMax: (type: number) => number

  /** @param bytesMax - The longest message of a type, by its first byte; a longer one is refused before it is read. */
  constructor(bytesMax: (type: number) => number) {
    this.#bytesMax = bytesMax
  }

  /** Whether the last bytes belong to a message that is not whole. */
  get unfinished(): boolean {
    return this.#buffered > 0
  }

  /**
   * The messages that these bytes complete, in order. The next one is only looked at when the caller asks, so that
   * what `bytesMax` says may change in between.
   * @throws PeerError when a message announces more than `bytesMax` allows.
   */
  *push(chunk: Uint8Array): Generator<Uint8Array> {
    this.#chunks.push(chunk)
    this.#buffered += chunk.length
    for (;;) {
      if (this.#buffered < prefixBytes + typeBytes) return
      const { length, type } = this.#peek()
      const bytesMax = this.#bytesMax(type)
      if (length > bytesMax)
        throw new PeerError(
          `expected at most ${bytesMax} bytes of message type ${type} now, announced are ${length}`,
        )
      if (length < typeBytes) throw new PeerError('expected a message with a type, announced are 0 bytes')
      if (this.#buffered < prefixBytes + length) return
      const all = this.#joined()
      const end = prefixBytes + length
      this.#chunks = all.length > end ? [all.subarray(end)] : []
      this.#buffered = all.length - end
      yield all.subarray(prefixBytes, end)
    }
  }

  #peek(): { readonly length: number; readonly type: number } {
    if ((this.#chunks[0]?.length ?? 0) < prefixBytes + typeBytes) this.#joined()
    const first = this.#chunks[0] as Uint8Array
    const view = new DataView(first.buffer, first.byteOffset)
    return { length: view.getUint32(0), type: view.getUint8(prefixBytes) }
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
