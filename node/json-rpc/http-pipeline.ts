import type { Socket } from 'node:net'

/** More requests of one connection than this wait for nobody that speaks JSON-RPC: the connection ends. */
const waitingMax = 32

interface Line {
  waiting: number
  last: Promise<void>
}

/**
 * Has the requests of one connection answered one after the other. A client may send the next one before it has the
 * answer (RFC 9112, section 9.3.2), and Node.js gives every one of a chunk to its server at once.
 */
export class Pipelines {
  readonly #lines = new WeakMap<Socket, Line>()

  /** @param answer resolves when the answer has left, or nobody waits for it. It is not called for a connection that ended. */
  async answerInTurn(socket: Socket, answer: () => Promise<void>): Promise<void> {
    const line = this.#lines.get(socket) ?? { waiting: 0, last: Promise.resolve() }
    this.#lines.set(socket, line)
    if (line.waiting >= waitingMax) return void socket.destroy()
    line.waiting++
    line.last = line.last.then(async () => {
      line.waiting--
      if (!socket.destroyed) await answer()
    })
    await line.last
  }
}
