import type { Socket } from 'node:net'
import { errorText } from '../../../node/concurrency/error-text.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { startDeadline } from './deadline.ts'
import { frameMessage, MessageStream } from './message-stream.ts'

export interface PeerSocketOptions {
  readonly socket: Socket
  readonly clock: Clock
  /** For one message to arrive whole after its first byte, and for what was written to be read. */
  readonly messageTimeoutMs: number
  /** Bytes that a message of this type may have now; it is asked before the message is read. */
  readonly bytesMax: (type: number) => number
  /** May throw: that is a refused message. */
  readonly onMessage: (bytes: Uint8Array) => void
  /** What was written has left, after `full`. */
  readonly onDrain: () => void
  /** The peer went, or did something that ends the connection. Not called after `end`. */
  readonly onGone: (reason: string, cause: 'closed' | 'misbehaved') => void
}

/** For a last message to leave before the socket is destroyed. */
const farewellMs = 1_000

/** Messages over one TCP socket, both ways, with a deadline for everything that a peer can drag out. */
export class PeerSocket {
  readonly host: string
  readonly #options: PeerSocketOptions
  readonly #socket: Socket
  readonly #stream: MessageStream
  #ended = false
  #cancelMessage: (() => void) | null = null
  #cancelRead: (() => void) | null = null

  constructor(options: PeerSocketOptions) {
    const { socket } = options
    this.#options = options
    this.#socket = socket
    this.#stream = new MessageStream(options.bytesMax)
    this.host = socket.remoteAddress ?? 'unknown'
    socket.setNoDelay(true)
    socket.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    socket.on('drain', () => this.#drained())
    socket.on('error', (error) => this.#gone(errorText(error), 'closed'))
    socket.on('close', () => this.#gone('the peer closed the connection', 'closed'))
  }

  /** The peer has not read yet what was written: nothing big should follow. */
  get full(): boolean {
    return this.#socket.writableNeedDrain
  }

  send(message: Uint8Array): void {
    if (this.#ended || this.#socket.destroyed) return
    if (this.#socket.write(frameMessage(message)) || this.#cancelRead !== null) return
    const ms = this.#options.messageTimeoutMs
    this.#cancelRead = startDeadline(this.#options.clock, ms, () =>
      this.#gone(`it read nothing for ${ms} ms`, 'misbehaved'),
    )
  }

  /** Ends the connection. A last message is only tried when the peer reads: nothing is waited for. */
  end(farewell: Uint8Array | null): void {
    if (this.#ended) return
    this.#ended = true
    this.#cancelMessage?.()
    this.#cancelRead?.()
    if (farewell === null || this.full || this.#socket.destroyed) return void this.#socket.destroy()
    const cancel = startDeadline(this.#options.clock, farewellMs, () => this.#socket.destroy())
    this.#socket.once('close', cancel)
    this.#socket.end(frameMessage(farewell), () => this.#socket.destroy())
  }

  #receive(chunk: Uint8Array): void {
    if (this.#ended) return
    let begun = !this.#stream.unfinished
    this.#guard(() => {
      for (const bytes of this.#stream.push(chunk)) {
        begun = true
        this.#options.onMessage(bytes)
        if (this.#ended) return
      }
    })
    if (begun && !this.#ended) this.#restartMessageDeadline()
  }

  #guard(work: () => void): void {
    try {
      work()
    } catch (error) {
      this.#gone(`refused message: ${errorText(error)}`, 'misbehaved')
    }
  }

  /** One deadline for each message, however many pieces it comes in. */
  #restartMessageDeadline(): void {
    this.#cancelMessage?.()
    this.#cancelMessage = null
    if (!this.#stream.unfinished) return
    const ms = this.#options.messageTimeoutMs
    this.#cancelMessage = startDeadline(this.#options.clock, ms, () =>
      this.#gone(`expected a whole message within ${ms} ms`, 'misbehaved'),
    )
  }

  #drained(): void {
    this.#cancelRead?.()
    this.#cancelRead = null
    if (!this.#ended) this.#guard(() => this.#options.onDrain())
  }

  #gone(reason: string, cause: 'closed' | 'misbehaved'): void {
    if (!this.#ended) this.#options.onGone(reason, cause)
  }
}
