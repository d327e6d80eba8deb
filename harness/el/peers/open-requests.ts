import type { Clock } from '../../../node/ports/clock.ts'
import { startDeadline } from './deadline.ts'
import { type PeerAnswer, peerLimits } from './messages.ts'
import { PeerError } from './peer-network.ts'

interface OpenRequest {
  readonly answer: PeerAnswer['type']
  readonly countMax: number
  resolve(answer: PeerAnswer): void
  reject(error: PeerError): void
  readonly cancelDeadline: () => void
}

export interface OpenRequestsOptions {
  readonly clock: Clock
  readonly timeoutMs: number
  /** Names the peer in errors. */
  readonly peer: () => string
  /** A request was not answered in time. */
  readonly onLate: (reason: string) => void
}

/**
 * What was asked of one peer and is not answered yet. A request that its caller gave up stays until the answer or the
 * deadline: the peer may be sending it already, and that is not its fault.
 */
export class OpenRequests {
  readonly #options: OpenRequestsOptions
  readonly #open = new Map<bigint, OpenRequest>()
  #nextId = 1n

  constructor(options: OpenRequestsOptions) {
    this.#options = options
  }

  /** Whether an answer of this type may come now. */
  expects(answer: PeerAnswer['type']): boolean {
    for (const request of this.#open.values()) if (request.answer === answer) return true
    return false
  }

  /** Opens a request and sends it. @throws PeerError when too many are open, and later when it fails. */
  ask<T extends PeerAnswer['type']>(
    answer: T,
    countMax: number,
    signal: AbortSignal | undefined,
    send: (id: bigint) => void,
  ): Promise<Extract<PeerAnswer, { readonly type: T }>> {
    const { clock, timeoutMs, peer, onLate } = this.#options
    if (this.#open.size >= peerLimits.requestsOpenMax)
      return Promise.reject(
        new PeerError(`peer ${peer()}: ${peerLimits.requestsOpenMax} requests are open, the most allowed`),
      )
    const aborted = () => new PeerError(`request to peer ${peer()}: aborted`)
    if (signal?.aborted) return Promise.reject(aborted())
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(aborted())
      signal?.addEventListener('abort', onAbort, { once: true })
      const settle = () => signal?.removeEventListener('abort', onAbort)
      this.#open.set(id, {
        answer,
        countMax,
        cancelDeadline: startDeadline(clock, timeoutMs, () => onLate(`no answer within ${timeoutMs} ms`)),
        resolve(value) {
          settle()
          resolve(value as Extract<PeerAnswer, { readonly type: T }>)
        },
        reject(error) {
          settle()
          reject(error)
        },
      })
      send(id)
    })
  }

  /** @throws PeerError when it was not asked for, or is more than was asked for. */
  answer(message: PeerAnswer): void {
    const request = this.#open.get(message.id)
    if (request === undefined || request.answer !== message.type)
      throw new PeerError(`${message.type} that were not asked for`)
    const count = countOf(message)
    if (count > request.countMax)
      throw new PeerError(`expected at most ${request.countMax} ${message.type}, found ${count}`)
    this.#open.delete(message.id)
    request.cancelDeadline()
    request.resolve(message)
  }

  failAll(error: PeerError): void {
    for (const request of this.#open.values()) {
      request.cancelDeadline()
      request.reject(error)
    }
    this.#open.clear()
  }
}

function countOf(message: PeerAnswer): number {
  switch (message.type) {
    case 'headers':
      return message.headers.length
    case 'bodies':
      return message.bodies.length
    case 'receipts':
      return message.receipts.length
  }
}
