import type { IncomingMessage } from 'node:http'

/** What is wrong with a body, as an HTTP status. */
export class BodyError extends Error {
  override readonly name = 'BodyError'
  readonly status: 400 | 413 | 503

  constructor(status: 400 | 413 | 503, message: string) {
    super(message)
    this.status = status
  }
}

export interface RequestBodiesOptions {
  readonly requestBytesMax: number
  /** Of all bodies that are not whole or not answered yet, beyond the first `freeBytes` of each. */
  readonly totalBytesMax: number
}

/** Every body may have these whatever the others take, so that big bodies cannot shut small calls out. */
const freeBytes = 64 * 1024

/** What the lines between chunks may take beyond as much as the chunks, as of an answer (`http-answer.ts`). */
const chunkLinesFreeBytes = 8 * 1024

/** The bodies that a server holds at one time, within one budget. */
export class RequestBodies {
  readonly #options: RequestBodiesOptions
  #heldBytes = 0

  constructor(options: RequestBodiesOptions) {
    this.#options = options
  }

  /**
   * Reads the body and runs `use` with its text; its bytes are held until that ends.
   * @throws BodyError when it is too long, or when the others left no room; what `use` throws.
   */
  async with<T>(request: IncomingMessage, use: (text: string) => Promise<T>): Promise<T> {
    const { requestBytesMax, totalBytesMax } = this.#options
    const refuse = (status: 413 | 503, message: string) => {
      // Reads on without keeping: a connection that is cut while the client sends loses the answer too.
      request.resume()
      return new BodyError(status, message)
    }
    const tooLong = () => refuse(413, `request is longer than ${requestBytesMax} bytes`)
    if (Number(request.headers['content-length'] ?? 0) > requestBytesMax) throw tooLong()
    const { socket } = request
    const isChunked = request.headers['transfer-encoding'] !== undefined
    const cameBefore = socket.bytesRead
    const chunks: Buffer[] = []
    let bytes = 0
    let held = 0
    try {
      for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength
        if (bytes > requestBytesMax) throw tooLong()
        // Parsing a chunk of one byte costs as much as one of thousands.
        if (isChunked && socket.bytesRead - cameBefore > 2 * bytes + chunkLinesFreeBytes) {
          socket.destroy()
          throw new BodyError(400, 'expected chunks of more than a few bytes each')
        }
        const more = Math.max(0, bytes - freeBytes) - held
        if (this.#heldBytes + more > totalBytesMax)
          throw refuse(503, 'too many long requests at once: try again')
        this.#heldBytes += more
        held += more
        chunks.push(chunk)
      }
      return await use(Buffer.concat(chunks).toString('utf8'))
    } finally {
      this.#heldBytes -= held
    }
  }
}
