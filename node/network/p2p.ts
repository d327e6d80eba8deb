import { withDeadline } from '../concurrency/deadline.ts'
import type { P2pConfig } from '../config/node-config.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Discovery } from '../ports/discovery.ts'
import type { Gossip } from '../ports/gossip.ts'
import type { GossipTransport, OpenGossipTransport } from '../ports/gossip-transport.ts'
import type { Logger } from '../ports/logger.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import type { Random } from '../ports/random.ts'
import { hexToBytes } from '../protocol/bytes.ts'
import { gossipMessageLengthMax, type Sha256, sha256InJavaScript } from '../protocol/gossip-message.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { createApplicationScores } from './application-score.ts'
import { type RecoverBlockSigner, recoverBlockSigner, type SignBlock } from './block-signature.ts'
import { subscribeToBlocks } from './block-topics.ts'
import { createGossipBudget } from './gossip-budget.ts'
import { createGossipIntake } from './gossip-intake.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { peerScoring } from './gossip-scoring.ts'
import { blocksTopic, gossipVersions } from './gossip-topics.ts'
import { isTooOld } from './gossip-validation.ts'
import { isLoopbackIp, parseIpRange } from './ip-range.ts'
import { encodeOpstackEntry, opstackVersion } from './opstack-entry.ts'
import { createPeerAdmin } from './peer-admin.ts'
import { createPeerBook } from './peer-book.ts'
import { createPeerGate } from './peer-gate.ts'
import { keepPeers } from './peer-keeper.ts'
import { searchPeers } from './peer-search.ts'
import { createRefusalLog } from './refusal-log.ts'
import { createSeenBlocks } from './seen-blocks.ts'
import { createSignerGrace } from './signer-grace.ts'
import { keepStaticPeers, peerIdOf } from './static-peers.ts'

/** op-node's limit for `opp2p_connectPeer`. */
const connectMsMax = 30_000
/** How long a new connection may take to say what it subscribes to; after it, gossip still repairs what was missed. */
const subscriptionMsMax = 500
const stopMsMax = 3_000

export interface P2pOptions {
  readonly p2p: P2pConfig
  readonly rollup: RollupConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
  readonly version: string
  readonly openTransport: OpenGossipTransport
  /** Default: one in JavaScript. */
  readonly sha256?: Sha256
  /** Default: each message anew. */
  readonly recoverSigner?: RecoverBlockSigner
  /** Default: one in JavaScript. */
  readonly signBlock?: SignBlock
  /** Called once with who and where the node is; null searches for no peers. */
  readonly startDiscovery: ((own: OwnIdentity) => Promise<Discovery>) | null
}

export interface OwnIdentity {
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array
  readonly tcpPort: number
  /** What the entry `opstack` of the own record says. */
  readonly opstack: Uint8Array
}

/** The p2p network of a node: what the node uses of it, and what an operator does. */
export interface P2p {
  readonly gossip: Gossip
  readonly admin: PeerAdmin
  stop(): Promise<void>
}

/**
 * Starts the node's p2p network on a transport: listens, subscribes, keeps the static peers connected, searches for others,
 * bans and prunes them, until it is stopped.
 */
export async function startP2p(options: P2pOptions): Promise<P2p> {
  const { p2p, rollup, clock, logger, metrics } = options
  const slotMs = Number(rollup.blockTime) * 1000
  const nowMs = () => clock.nowMs()
  const gate = createPeerGate(nowMs)
  const scores = createApplicationScores(slotMs, nowMs)
  const staticIds: ReadonlySet<string> = new Set(p2p.staticPeers.map(peerIdOf))
  /** Peers that the operator protects by RPC. */
  const protectedIds = new Set<string>()
  /** Peers that the operator disconnected: their static redial waits for `connectPeer`. */
  const released = new Set<string>()
  const seen = createSeenBlocks()
  const stopping = new AbortController()
  const signers = createSignerGrace(p2p.unsafeBlockSigner, nowMs)
  let handler: ((envelope: PayloadEnvelope, peerId: string) => void) | null = null
  let discovery: Discovery | null = null

  const noteRefusal = createRefusalLog(clock, logger)
  const budget = createGossipBudget(slotMs, (peer) => staticIds.has(peer) || protectedIds.has(peer))
  const ignored = (reason: 'over_budget' | 'too_many_waiting' | 'signed', peer: string, bytes: number) => {
    metrics.gossipMessages.inc({ verdict: 'ignore', reason })
    noteRefusal(reason, { peer, verdict: 'ignore', reason, bytes })
  }
  const intake = createGossipIntake({
    budget,
    nowMs,
    sha256: options.sha256 ?? sha256InJavaScript,
    onRefused: (peer, bytes) => ignored('over_budget', peer, bytes),
  })

  const topics = gossipVersions.map((version) => blocksTopic(rollup.l2ChainId, version))
  const privateKey = p2p.privateKey === null ? options.random.bytes(32) : hexToBytes(p2p.privateKey)
  const transport = await options.openTransport({
    listenHost: p2p.listenHost,
    listenPort: p2p.listenPort,
    privateKey,
    connectionsMax: 2 * p2p.peers.hi,
    gate,
    topics,
    admits: intake.admits,
    onDropped: ignored,
    prepare: intake.prepare,
    messageId: intake.messageId,
    messageLengthMax: gossipMessageLengthMax,
    mesh: p2p.mesh,
    scoring: peerScoring(p2p.scoring, slotMs, scores.score),
    userAgent: `lockstep/${options.version}`,
  })
  const book = createPeerBook({
    transport,
    topics,
    chainId: rollup.l2ChainId,
    isProtected: (peer) => staticIds.has(peer) || protectedIds.has(peer),
    applicationCounts: scores.counts,
    ownRecord: () => discovery?.record() ?? '',
  })
  transport.listen((event) => {
    if (event.kind === 'opened') metrics.peerConnections.inc({ direction: event.direction })
    else if (event.kind === 'connected' || event.kind === 'disconnected')
      metrics.peerCount.set(book.connectedPeers().size)
  })

  async function dial(address: string, signal: AbortSignal): Promise<void> {
    const peer = await transport.dial(address, signal)
    await book.identified(peer, signal)
    await withDeadline('subscriptions', subscriptionMsMax, clock, signal, (inner) =>
      book.subscribed(peer, inner),
    ).catch(() => {
      signal.throwIfAborted()
      logger.debug('peer subscribes to nothing yet', { peer })
    })
  }

  const connect = (address: string, signal: AbortSignal) =>
    withDeadline(`connection to ${address}`, connectMsMax, clock, signal, (inner) => dial(address, inner))
  const { hangUp } = transport

  await transport.start()
  subscribeToBlocks({
    transport,
    rollup,
    signers,
    recoverSigner: options.recoverSigner ?? recoverBlockSigner,
    seen,
    intake,
    budget,
    scores,
    noteRefusal,
    onPayload: (envelope, peer) => handler?.(envelope, peer),
    clock,
    logger,
    metrics,
  })
  if (p2p.newIdentityPath !== null)
    logger.info('p2p identity is new and kept for the next start', { path: p2p.newIdentityPath })
  logger.info('p2p listens', { peer: transport.peerId, addresses: transport.addresses() })
  // Whom the operator named is the last to be dropped when there are too many.
  for (const peer of staticIds) await transport.protect(peer)
  const isWanted = (peer: string) => !gate.refusesPeer(peer) && !released.has(peer)
  const keeping = [
    keepStaticPeers(
      {
        addresses: p2p.staticPeers,
        clock,
        random: options.random,
        logger,
        dial: connect,
        isConnected: book.isConnected,
        disconnected: book.disconnected,
        isWanted,
      },
      stopping.signal,
    ),
    keepPeers(
      {
        config: p2p,
        connected: () =>
          book.connected().map((peer) => ({
            ...peer,
            isStatic: staticIds.has(peer.peerId),
            isGood: budget.isGood(peer.peerId),
          })),
        ban(peer, untilMs) {
          gate.ban(peer, untilMs)
          metrics.peersBanned.inc()
        },
        rest: gate.rest,
        hangUp,
        clock,
        logger,
      },
      stopping.signal,
    ),
  ]

  if (options.startDiscovery !== null) {
    try {
      discovery = await options.startDiscovery({
        privateKey,
        tcpPort: tcpPortOf(transport),
        opstack: encodeOpstackEntry({ chainId: rollup.l2ChainId, version: opstackVersion }),
      })
    } catch (error) {
      await stop()
      throw error
    }
    logger.info('p2p discovery listens', { record: discovery.record() })
    keeping.push(
      searchPeers(
        {
          discovery,
          l2ChainId: rollup.l2ChainId,
          onLoopback: isLoopbackIp(p2p.listenHost),
          allowsIp: allowedBy(p2p.discovery?.netRestrict ?? null),
          peersWanted: p2p.peers.lo,
          connectedPeers: () => [...book.connectedPeers()],
          isWanted: (peer) => peer !== transport.peerId && isWanted(peer),
          dial,
          onFound(record) {
            book.noteRecord(record)
            metrics.peersFound.inc()
          },
          clock,
          random: options.random,
          logger,
        },
        stopping.signal,
      ),
    )
  }

  async function stop(): Promise<void> {
    stopping.abort(new Error('p2p stops'))
    await Promise.all(keeping)
    handler = null
    const stopped = withDeadline('p2p', stopMsMax, clock, new AbortController().signal, async () => {
      await discovery?.stop()
      await transport.stop()
    })
    await stopped.catch((error: unknown) => logger.warn('p2p did not stop cleanly', { error }))
  }

  return {
    gossip: {
      async publish(envelope) {
        if (p2p.sequencerKey === null)
          throw new Error('expected a key to sign blocks with (--p2p.sequencer.key.path), found none')
        const { timestamp } = envelope.payload
        const nowSeconds = BigInt(Math.floor(clock.nowMs() / 1000))
        // Of a sequencer that makes up for a pause. Peers get these blocks from L1, or ask each other for them; op-node's own
        // validator refuses them before any peer can.
        if (isTooOld(timestamp, nowSeconds)) return 'withheld'
        const { version, data } = encodeSignedBlock(envelope, rollup, p2p.sequencerKey, options.signBlock)
        // Our own block coming back by another way must not count as a second one of its height.
        seen.add(envelope.payload.blockNumber, envelope.payload.blockHash)
        await transport.publish(blocksTopic(rollup.l2ChainId, version), data)
        return 'published'
      },
      setBlockSigners: signers.set,
      onPayload(consumer) {
        handler = consumer
      },
    },
    admin: createPeerAdmin({
      transport,
      book,
      gate,
      discovery,
      blockSubscribers: (version) => transport.subscribers(blocksTopic(rollup.l2ChainId, version)).length,
      connect: (address) => connect(address, stopping.signal),
      hangUp,
      protectedIds,
      released,
    }),
    stop,
  }
}

function tcpPortOf(transport: GossipTransport): number {
  const [address = ''] = transport.addresses()
  const port = /\/tcp\/(\d+)/.exec(address)?.[1]
  if (port === undefined) throw new Error('expected p2p to listen on a TCP port, found none')
  return Number(port)
}

function allowedBy(networks: readonly string[] | null): (ip: string) => boolean {
  if (networks === null) return () => true
  const ranges = networks.map(parseIpRange)
  return (ip) => ranges.some((range) => range?.contains(ip))
}
