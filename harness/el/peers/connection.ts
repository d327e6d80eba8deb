import type { Socket } from 'node:net'
import type { Hash, Hex } from 'viem'
import type { Clock } from '../../../node/ports/clock.ts'
import { startDeadline } from './deadline.ts'
import type { Place } from './give-way.ts'
import {
  decodePeerMessage,
  encodePeerMessage,
  messageBytesMax,
  messageTypeOf,
  type PeerAnswer,
  type PeerMessage,
  type PeerRequest,
  type PeerStatus,
  peerLimits,
} from './messages.ts'
import { OpenRequests } from './open-requests.ts'
import { type BlockBody, type Peer, type PeerChain, PeerError } from './peer-network.ts'
import { PeerSocket } from './peer-socket.ts'
import { formatPeerUrl } from './peer-url.ts'

export interface ConnectionOptions {
  readonly socket: Socket
  readonly direction: 'inbound' | 'outbound'
  readonly status: PeerStatus
  readonly chain: PeerChain
  readonly clock: Clock
  readonly handshakeTimeoutMs: number
  readonly requestTimeoutMs: number
}

/** One TCP connection: handshake, requests and answers both ways. Ends itself on the first thing that is out of line. */
export class Connection implements Peer, Place {
  readonly direction: 'inbound' | 'outbound'
  readonly openedAtMs: number
  isUseful = false
  /** Why it ended; set before `onClose` is called. */
  closeReason: string | null = null
  /** True when it ended because of what the peer did. */
  misbehaved = false
  onClose: () => void = () => {}

  readonly #options: ConnectionOptions
  readonly #socket: PeerSocket
  readonly #requests: OpenRequests
  /** Asked by the peer while it did not read the answers to what it had asked before. */
  readonly #waiting: PeerRequest[] = []
  readonly #handshake = Promise.withResolvers<PeerStatus>()
  readonly #cancelHandshakeDeadline: () => void
  #remote: PeerStatus | null = null

  constructor(options: ConnectionOptions) {
    const { clock, requestTimeoutMs, handshakeTimeoutMs } = options
    this.#options = options
    this.direction = options.direction
    this.openedAtMs = clock.nowMs()
    this.#requests = new OpenRequests({
      clock,
      timeoutMs: requestTimeoutMs,
      peer: () => this.url,
      onLate: (reason) => this.drop(reason),
    })
    this.#socket = new PeerSocket({
      socket: options.socket,
      clock,
      messageTimeoutMs: requestTimeoutMs,
      bytesMax: (type) => this.#bytesMax(type),
      onMessage: (bytes) => this.#handle(decodePeerMessage(bytes)),
      onDrain: () => this.#serveWaiting(),
      onGone: (reason, cause) => (cause === 'misbehaved' ? this.drop(reason) : this.#end(reason, null)),
    })
    this.#handshake.promise.catch(() => {})
    this.#cancelHandshakeDeadline = startDeadline(clock, handshakeTimeoutMs, () =>
      this.#end('no handshake in time', null),
    )
    this.#send({ type: 'status', ...options.status })
  }

  get id(): Hex {
    return this.#remote?.nodeId ?? '0x'
  }

  get host(): string {
    return this.#socket.host
  }

  get clientName(): string {
    return this.#remote?.clientName ?? ''
  }

  /** The address that the peer listens on, not the one that it dialled from. */
  get url(): string {
    return formatPeerUrl({ host: this.#socket.host, port: this.#remote?.listenPort ?? 0 })
  }

  /** Resolves when both sides are known to be on the same chain. @throws PeerError when they are not. */
  ready(): Promise<PeerStatus> {
    return this.#handshake.promise
  }

  async headers(from: Hash, count: number, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
    const countMax = Math.min(count, peerLimits.headersPerRequestMax)
    const answer = await this.#ask('headers', countMax, signal, (id) => ({
      type: 'getHeaders',
      id,
      from,
      count: countMax,
    }))
    if (answer.headers.length > 0) this.isUseful = true
    return answer.headers
  }

  async bodies(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly BlockBody[]> {
    const asked = hashes.slice(0, peerLimits.bodiesPerRequestMax)
    const answer = await this.#ask('bodies', asked.length, signal, (id) => ({
      type: 'getBodies',
      id,
      hashes: asked,
    }))
    return answer.bodies
  }

  async receipts(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly (readonly Hex[])[]> {
    const asked = hashes.slice(0, peerLimits.bodiesPerRequestMax)
    const answer = await this.#ask('receipts', asked.length, signal, (id) => ({
      type: 'getReceipts',
      id,
      hashes: asked,
    }))
    return answer.receipts
  }

  drop(reason: string): void {
    this.misbehaved = true
    this.close(reason)
  }

  /** Tells the peer why, if it reads, and ends the connection. */
  close(reason: string): void {
    this.#end(reason, { type: 'disconnect', reason })
  }

  #ask<T extends PeerAnswer['type']>(
    answer: T,
    countMax: number,
    signal: AbortSignal | undefined,
    make: (id: bigint) => PeerRequest,
  ): Promise<Extract<PeerAnswer, { readonly type: T }>> {
    if (this.closeReason !== null)
      return Promise.reject(new PeerError(`peer ${this.url} is gone: ${this.closeReason}`))
    return this.#requests.ask(answer, countMax, signal, (id) => this.#send(make(id)))
  }

  /** Before Status nothing long may arrive, and later nothing long that was not asked for. */
  #bytesMax(typeNumber: number): number {
    const type = messageTypeOf(typeNumber)
    if (type === null) return 0
    if (this.#remote === null) return messageBytesMax.status
    const answer = type === 'headers' || type === 'bodies' || type === 'receipts'
    return answer && !this.#requests.expects(type) ? 0 : messageBytesMax[type]
  }

  #handle(message: PeerMessage): void {
    if (message.type === 'disconnect') this.#end(`the peer disconnected: ${message.reason}`, null)
    else if (message.type === 'status') this.#greet(message)
    else if (this.#remote === null) throw new PeerError(`expected Status first, found ${message.type}`)
    else if (message.type === 'headers' || message.type === 'bodies' || message.type === 'receipts')
      this.#requests.answer(message)
    else {
      // Answers from this peer are still read: two engines that serve each other must not wait for each other.
      this.#waiting.push(message)
      this.#serveWaiting()
      if (this.#waiting.length > peerLimits.requestsOpenMax)
        throw new PeerError(`expected at most ${peerLimits.requestsOpenMax} requests before it reads answers`)
    }
  }

  #serveWaiting(): void {
    while (!this.#socket.full && this.closeReason === null) {
      const request = this.#waiting.shift()
      if (request === undefined) return
      this.#send(serve(this.#options.chain, request))
    }
  }

  #greet(remote: PeerStatus): void {
    if (this.#remote !== null) throw new PeerError('expected Status once')
    const mismatch = findMismatch(this.#options.status, remote)
    if (mismatch !== null) {
      this.close(mismatch)
      return
    }
    this.#remote = remote
    this.#cancelHandshakeDeadline()
    this.#handshake.resolve(remote)
  }

  #send(message: PeerMessage): void {
    this.#socket.send(encodePeerMessage(message))
  }

  #end(reason: string, farewell: PeerMessage | null): void {
    if (this.closeReason !== null) return
    this.closeReason = reason
    this.#cancelHandshakeDeadline()
    this.#waiting.length = 0
    const error = new PeerError(`peer ${this.url} is gone: ${reason}`)
    this.#handshake.reject(error)
    this.#requests.failAll(error)
    this.#socket.end(farewell === null ? null : encodePeerMessage(farewell))
    this.onClose()
  }
}

function serve(chain: PeerChain, request: PeerRequest): PeerAnswer {
  const { id } = request
  switch (request.type) {
    case 'getHeaders': {
      const count = Math.min(request.count, peerLimits.headersPerRequestMax)
      return { type: 'headers', id, headers: chain.headers(request.from, count) }
    }
    case 'getBodies':
      return { type: 'bodies', id, bodies: chain.bodies(request.hashes) }
    case 'getReceipts':
      return { type: 'receipts', id, receipts: chain.receipts(request.hashes) }
  }
}

/** Why two engines cannot be peers; `null` when they can. */
function findMismatch(ours: PeerStatus, theirs: PeerStatus): string | null {
  const mustAgree = {
    version: 'protocol version',
    chainId: 'chain id',
    genesisHash: 'genesis block',
    forkDigest: 'fork schedule digest',
  } as const satisfies Partial<Record<keyof PeerStatus, string>>
  for (const [field, name] of Object.entries(mustAgree) as [keyof typeof mustAgree, string][])
    if (ours[field] !== theirs[field]) return `expected ${name} ${ours[field]}, found ${theirs[field]}`
  return ours.nodeId === theirs.nodeId ? 'it is this engine itself' : null
}
