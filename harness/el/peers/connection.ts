import type { Socket } from 'node:net'
import type { Hash, Hex } from 'viem'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { frameMessage, MessageStream } from './message-stream.ts'
import {
  decodePeerMessage,
  encodePeerMessage,
  type PeerMessage,
  type PeerStatus,
  peerLimits,
} from './messages.ts'
import { type BlockBody, type Peer, type PeerChain, PeerError } from './peer-network.ts'
import { formatPeerUrl } from './peer-url.ts'

/** Requests that one connection has open at the same time; the next caller is refused. */
const requestsOpenMax = 16
/** Bytes that wait for a peer that does not read; more ends the connection. */
const unsentBytesMax = 2 * peerLimits.messageBytesMax

export interface ConnectionOptions {
  readonly socket: Socket
  readonly direction: 'inbound' | 'outbound'
  readonly status: PeerStatus
  readonly chain: PeerChain
  readonly handshakeTimeoutMs: number
  readonly requestTimeoutMs: number
}

type Answer = Extract<PeerMessage, { readonly type: 'headers' | 'bodies' | 'receipts' }>
interface OpenRequest {
  readonly answer: Answer['type']
  readonly countMax: number
  resolve(answer: Answer): void
  reject(error: PeerError): void
}

/** One TCP connection: handshake, requests and answers both ways. Ends itself on the first thing that is out of line. */
export class Connection implements Peer {
  readonly direction: 'inbound' | 'outbound'
  /** Why it ended; set before `onClose` is called. */
  closeReason: string | null = null
  /** True when it ended because of what the peer sent. */
  misbehaved = false
  onClose: () => void = () => {}

  readonly #options: ConnectionOptions
  readonly #socket: Socket
  readonly #host: string
  readonly #stream = new MessageStream(peerLimits.statusBytesMax)
  readonly #open = new Map<bigint, OpenRequest>()
  readonly #handshake = Promise.withResolvers<PeerStatus>()
  #remote: PeerStatus | null = null
  #nextId = 1n

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#socket = options.socket
    this.direction = options.direction
    this.#host = options.socket.remoteAddress ?? 'unknown'
    this.#socket.setNoDelay(true)
    this.#socket.on('data', (chunk: Uint8Array) => this.#receive(chunk))
    this.#socket.on('error', (error) => this.#end(errorText(error)))
    this.#socket.on('close', () => this.#end('the peer closed the connection'))
    this.#handshake.promise.catch(() => {})
    this.#send({ type: 'status', ...options.status })
    const timer = setTimeout(() => this.#end('no handshake in time'), options.handshakeTimeoutMs)
    void this.#handshake.promise.finally(() => clearTimeout(timer)).catch(() => {})
  }

  get id(): Hex {
    return this.#remote?.nodeId ?? '0x'
  }

  get clientName(): string {
    return this.#remote?.clientName ?? ''
  }

  /** The address that the peer listens on, not the one that it dialled from. */
  get url(): string {
    return formatPeerUrl({ host: this.#host, port: this.#remote?.listenPort ?? 0 })
  }

  /** Resolves when both sides are known to be on the same chain. @throws PeerError when they are not. */
  ready(): Promise<PeerStatus> {
    return this.#handshake.promise
  }

  async headers(from: Hash, count: number, signal?: AbortSignal): Promise<readonly Uint8Array[]> {
    const countMax = Math.min(count, peerLimits.headersPerRequestMax)
    const answer = await this.#request('headers', countMax, signal, (id) => ({
      type: 'getHeaders',
      id,
      from,
      count: countMax,
    }))
    return answer.headers
  }

  async bodies(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly BlockBody[]> {
    const asked = hashes.slice(0, peerLimits.bodiesPerRequestMax)
    const answer = await this.#request('bodies', asked.length, signal, (id) => ({
      type: 'getBodies',
      id,
      hashes: asked,
    }))
    return answer.bodies
  }

  async receipts(hashes: readonly Hash[], signal?: AbortSignal): Promise<readonly (readonly Hex[])[]> {
    const asked = hashes.slice(0, peerLimits.bodiesPerRequestMax)
    const answer = await this.#request('receipts', asked.length, signal, (id) => ({
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

  /** Tells the peer why and ends the connection. */
  close(reason: string): void {
    if (this.closeReason !== null) return
    this.#send({ type: 'disconnect', reason })
    this.#end(reason)
  }

  #request<T extends Answer['type']>(
    answer: T,
    countMax: number,
    signal: AbortSignal | undefined,
    make: (id: bigint) => PeerMessage,
  ): Promise<Extract<Answer, { readonly type: T }>> {
    if (this.closeReason !== null)
      return Promise.reject(new PeerError(`peer ${this.url} is gone: ${this.closeReason}`))
    if (this.#open.size >= requestsOpenMax)
      return Promise.reject(
        new PeerError(`peer ${this.url}: ${requestsOpenMax} requests are open, the most allowed`),
      )
    const id = this.#nextId++
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#open.delete(id)
      }
      const fail = (error: PeerError) => {
        finish()
        reject(error)
      }
      const onAbort = () => fail(new PeerError(`request to peer ${this.url}: aborted`))
      const timer = setTimeout(
        () => this.drop(`no answer within ${this.#options.requestTimeoutMs} ms`),
        this.#options.requestTimeoutMs,
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#open.set(id, {
        answer,
        countMax,
        resolve: (value) => {
          finish()
          resolve(value as Extract<Answer, { readonly type: T }>)
        },
        reject: fail,
      })
      this.#send(make(id))
    })
  }

  #receive(chunk: Uint8Array): void {
    try {
      for (const bytes of this.#stream.push(chunk)) {
        if (this.closeReason !== null) return
        this.#handle(decodePeerMessage(bytes))
      }
    } catch (error) {
      this.drop(`refused message: ${errorText(error)}`)
    }
  }

  #handle(message: PeerMessage): void {
    if (message.type === 'disconnect') this.#end(`the peer disconnected: ${message.reason}`)
    else if (message.type === 'status') this.#greet(message)
    else if (this.#remote === null) throw new PeerError(`expected Status first, found ${message.type}`)
    else if (message.type === 'headers' || message.type === 'bodies' || message.type === 'receipts')
      this.#answer(message)
    else this.#send(this.#serve(message))
  }

  #serve(request: Extract<PeerMessage, { readonly type: `get${string}` }>): PeerMessage {
    const { chain } = this.#options
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

  #greet(remote: PeerStatus): void {
    if (this.#remote !== null) throw new PeerError('expected Status once')
    const mismatch = findMismatch(this.#options.status, remote)
    if (mismatch !== null) {
      this.close(mismatch)
      return
    }
    this.#remote = remote
    this.#stream.bytesMax = peerLimits.messageBytesMax
    this.#handshake.resolve(remote)
  }

  #answer(message: Answer): void {
    const request = this.#open.get(message.id)
    // An answer to a request that was aborted in the meantime is not the peer's fault.
    if (request === undefined && message.id < this.#nextId) return
    if (request === undefined || request.answer !== message.type)
      throw new PeerError(`${message.type} that were not asked for`)
    const count = countOf(message)
    if (count > request.countMax)
      throw new PeerError(`expected at most ${request.countMax} ${message.type}, found ${count}`)
    request.resolve(message)
  }

  #send(message: PeerMessage): void {
    if (this.closeReason !== null || this.#socket.destroyed) return
    this.#socket.write(frameMessage(encodePeerMessage(message)))
    if (this.#socket.writableLength > unsentBytesMax) this.drop('the peer does not read')
  }

  #end(reason: string): void {
    if (this.closeReason !== null) return
    this.closeReason = reason
    const error = new PeerError(`peer ${this.url} is gone: ${reason}`)
    this.#handshake.reject(error)
    for (const request of [...this.#open.values()]) request.reject(error)
    // Lets what is queued (a Disconnect) leave, and does not wait for the peer.
    this.#socket.end(() => this.#socket.destroy())
    setTimeout(() => this.#socket.destroy(), 1_000).unref()
    this.onClose()
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

function countOf(message: Answer): number {
  switch (message.type) {
    case 'headers':
      return message.headers.length
    case 'bodies':
      return message.bodies.length
    case 'receipts':
      return message.receipts.length
  }
}
