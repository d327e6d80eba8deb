import { connect, createServer, type Socket } from 'node:net'
import type { Hash, Hex } from 'viem'
import { createBackOff } from '../../../node/concurrency/back-off.ts'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { createListeners } from '../../../node/concurrency/listeners.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import type { Random } from '../../../node/ports/random.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { Connection } from './connection.ts'
import { startDeadline } from './deadline.ts'
import { replacesConnection } from './duplicate-connection.ts'
import { whoGivesWay } from './give-way.ts'
import { type PeerStatus, peerProtocolVersion } from './messages.ts'
import type { Peer, PeerChain, PeerNetwork } from './peer-network.ts'
import { formatPeerUrl, parsePeerUrl } from './peer-url.ts'

export interface TcpNetworkOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
  readonly chainId: bigint
  readonly genesisHash: Hash
  readonly forkDigest: Hash
  readonly clientName: string
  readonly chain: PeerChain
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Defaults: 5 s and 10 s. */
  readonly handshakeTimeoutMs?: number
  /** Also for one message to arrive whole, and for a peer to read what it asked for. */
  readonly requestTimeoutMs?: number
}

interface DialledAddress {
  readonly stop: AbortController
  /** Who answered there last. */
  id?: Hex
}

const connectionsMax = 64
const addressesMax = 64
const dialTimeoutMs = 5_000
const redial = { firstMs: 100, maxMs: 2_000 }
/** Before a peer that sent something wrong is dialled again. */
const misbehavedPauseMs = 10_000

/**
 * The peer network over TCP.
 * @throws the listen error (EADDRINUSE and others), unchanged.
 */
export async function createTcpNetwork(options: TcpNetworkOptions): Promise<PeerNetwork> {
  const { logger, clock } = options
  const nodeId = bytesToHex(options.random.bytes(32))
  const sockets = new Set<Connection>()
  const connected = new Map<Hex, Connection>()
  const dialled = new Map<string, DialledAddress>()
  /** Peers that sent something wrong, and until when they are refused. */
  const refusedUntilMs = new Map<Hex, number>()
  const newPeers = createListeners<Peer>()
  const lostPeers = createListeners<Hex>()

  const server = createServer((socket) => {
    if (sockets.size >= connectionsMax) {
      const giving = whoGivesWay(sockets, clock.nowMs())
      if (giving === undefined) return void socket.destroy()
      giving.close('all places are taken: it makes room for a newcomer')
    }
    adopt(socket, 'inbound').catch((error: unknown) =>
      logger.debug('refused a peer', { error: errorText(error) }),
    )
  })
  const listenPort = await new Promise<number>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.host, () => {
      server.off('error', reject)
      server.on('error', (error) => logger.warn('peer listener', { error: errorText(error) }))
      resolve((server.address() as { port: number }).port)
    })
  })
  const status: PeerStatus = {
    version: peerProtocolVersion,
    chainId: options.chainId,
    genesisHash: options.genesisHash,
    forkDigest: options.forkDigest,
    nodeId,
    listenPort,
    clientName: options.clientName,
  }

  /** Shakes hands over the socket and keeps the connection. Resolves with it when it is a peer now. */
  async function adopt(socket: Socket, direction: 'inbound' | 'outbound'): Promise<Connection> {
    const connection = new Connection({
      socket,
      direction,
      status,
      chain: options.chain,
      clock,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? 5_000,
      requestTimeoutMs: options.requestTimeoutMs ?? 10_000,
    })
    sockets.add(connection)
    connection.onClose = () => {
      sockets.delete(connection)
      if (connection.misbehaved) refuseForAWhile(connection.id)
      if (connected.get(connection.id) !== connection) return
      connected.delete(connection.id)
      logger.info('lost a peer', { url: connection.url, reason: connection.closeReason })
      lostPeers.emit(connection.id)
    }
    await connection.ready()
    if ((refusedUntilMs.get(connection.id) ?? 0) > clock.nowMs()) {
      connection.close('refused for a while, because of what it sent before')
      return connection
    }
    const other = connected.get(connection.id)
    if (other !== undefined && !replacesConnection(nodeId, connection, other)) {
      connection.close('there is another connection between the two')
      return connection
    }
    connected.set(connection.id, connection)
    other?.close('there is another connection between the two')
    logger.info('connected to a peer', { url: connection.url, direction, name: connection.clientName })
    newPeers.emit(connection)
    return connection
  }

  function refuseForAWhile(id: Hex): void {
    refusedUntilMs.delete(id)
    refusedUntilMs.set(id, clock.nowMs() + misbehavedPauseMs)
    const [oldest] = refusedUntilMs.keys()
    if (refusedUntilMs.size > connectionsMax && oldest !== undefined) refusedUntilMs.delete(oldest)
  }

  async function keepDialling(url: string, entry: DialledAddress, signal: AbortSignal): Promise<void> {
    const { host, port } = parsePeerUrl(url)
    const backOff = createBackOff(redial)
    while (!signal.aborted) {
      let pauseMs = backOff.next()
      try {
        const connection = await adopt(await dial(host, port, clock, signal), 'outbound')
        entry.id = connection.id
        backOff.reset()
        pauseMs = redial.firstMs
        await lost(connection.id, signal)
        if (connection.misbehaved) pauseMs = misbehavedPauseMs
      } catch (error) {
        logger.debug('cannot reach a peer', { url, error: errorText(error), againInMs: pauseMs })
      }
      if (signal.aborted) return
      await clock.sleep(pauseMs, signal).catch(() => {})
    }
  }

  /** Resolves when no connection with that peer is left. */
  function lost(id: Hex, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const check = () => {
        if (connected.has(id) && !signal.aborted) return
        stop()
        signal.removeEventListener('abort', check)
        resolve()
      }
      const stop = lostPeers.add(check)
      signal.addEventListener('abort', check)
      check()
    })
  }

  const host = options.host
  return {
    self: { id: nodeId, url: formatPeerUrl({ host, port: listenPort }), host, port: listenPort },
    peers: () => [...connected.values()],
    add(url) {
      const address = formatPeerUrl(parsePeerUrl(url))
      if (dialled.has(address)) return
      if (dialled.size >= addressesMax)
        throw new RangeError(`expected at most ${addressesMax} peer addresses`)
      const entry: DialledAddress = { stop: new AbortController() }
      dialled.set(address, entry)
      void keepDialling(address, entry, entry.stop.signal)
    },
    remove(url) {
      const address = formatPeerUrl(parsePeerUrl(url))
      const entry = dialled.get(address)
      entry?.stop.abort()
      dialled.delete(address)
      for (const connection of [...connected.values()])
        if (connection.url === address || connection.id === entry?.id) connection.close('removed')
    },
    onPeer: (listener) => newPeers.add(listener),
    async close() {
      for (const entry of dialled.values()) entry.stop.abort()
      dialled.clear()
      for (const connection of [...sockets]) connection.close('shutting down')
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}

function dial(host: string, port: number, clock: Clock, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (error: Error) => {
      cancelDeadline()
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(error)
    }
    const onAbort = () => fail(new Error('aborted'))
    const cancelDeadline = startDeadline(clock, dialTimeoutMs, () => fail(new Error('no connection in time')))
    socket.on('error', fail)
    signal.addEventListener('abort', onAbort, { once: true })
    socket.once('connect', () => {
      cancelDeadline()
      signal.removeEventListener('abort', onAbort)
      socket.off('error', fail)
      resolve(socket)
    })
  })
}
