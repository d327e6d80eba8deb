import { peerIdFromString } from '@libp2p/peer-id'
import { multiaddr } from '@multiformats/multiaddr'
import type { Address } from 'viem'
import { withDeadline } from '../concurrency/deadline.ts'
import type { P2pConfig } from '../config/node-config.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { Gossip } from '../ports/gossip.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { hexToBytes } from '../protocol/bytes.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { blocksTopic, gossipVersions } from './gossip-topics.ts'
import { validateGossipMessage } from './gossip-validation.ts'
import { createP2pNode } from './libp2p-node.ts'
import { createPeerBook } from './peer-book.ts'
import { createPeerGate } from './peer-gate.ts'
import { peerDumpToJson, peerInfoToJson } from './peer-info.ts'
import { createSeenBlocks } from './seen-blocks.ts'
import { keepStaticPeers, peerIdOf } from './static-peers.ts'

/** op-node's limit for `opp2p_connectPeer`. */
const connectMsMax = 30_000
/** How long a new connection may take to say what it subscribes to; after it, gossip still repairs what was missed. */
const subscriptionMsMax = 500
const stopMsMax = 3_000

export interface GossipOptions {
  readonly p2p: P2pConfig
  readonly rollup: RollupConfig
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
  readonly version: string
}

/** The Gossip port on libp2p: listens, subscribes and keeps the static peers connected, until it is stopped. */
export async function startGossip(options: GossipOptions): Promise<Gossip> {
  const { p2p, rollup, clock, logger, metrics } = options
  const gate = createPeerGate()
  /** Peers that the operator disconnected: their static redial waits for `connectPeer`. */
  const released = new Set<string>()
  const seen = createSeenBlocks()
  const stopping = new AbortController()
  /** Whose signature makes an unsafe block acceptable; null until L1 has said so. */
  let signer: Address | null = p2p.unsafeBlockSigner
  let handler: ((envelope: PayloadEnvelope, peerId: string) => void) | null = null

  const topics = gossipVersions.map((version) => ({ version, name: blocksTopic(rollup.l2ChainId, version) }))
  const node = await createP2pNode({
    listenHost: p2p.listenHost,
    listenPort: p2p.listenPort,
    privateKey: p2p.privateKey === null ? options.random.bytes(32) : hexToBytes(p2p.privateKey),
    peersMax: p2p.peersMax,
    gate,
    topics: topics.map((topic) => topic.name),
    userAgent: `lockstep/${options.version}`,
    slotMs: Number(rollup.blockTime) * 1000,
  })
  const { pubsub } = node.services
  const book = createPeerBook({
    node,
    topics: topics.map((topic) => topic.name),
    chainId: rollup.l2ChainId,
    isStatic: (peer) => p2p.staticPeers.some((address) => peerIdOf(address) === peer),
  })
  const countPeers = () => metrics.peerCount.set(node.getPeers().length)
  node.addEventListener('peer:connect', countPeers)
  node.addEventListener('peer:disconnect', countPeers)

  for (const { name, version } of topics) {
    pubsub.topicValidators.set(name, (peer, message) => {
      const result = validateGossipMessage({
        version,
        data: message.data,
        config: rollup,
        nowSeconds: Math.floor(clock.nowMs() / 1000),
        signer,
        seen,
      })
      const from = peer.toString()
      metrics.gossipMessages.inc({
        verdict: result.verdict,
        reason: result.verdict === 'accept' ? '' : result.reason,
      })
      if (result.verdict === 'accept') handler?.(result.envelope, from)
      else
        logger.debug('gossip message refused', {
          peer: from,
          verdict: result.verdict,
          reason: result.reason,
          detail: result.detail,
        })
      return result.verdict as never
    })
  }

  async function dial(address: string, signal: AbortSignal): Promise<void> {
    const connection = await node.dial(multiaddr(address), { signal })
    const peer = connection.remotePeer.toString()
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

  await node.start()
  for (const { name } of topics) pubsub.subscribe(name)
  logger.info('p2p listens', { peer: node.peerId.toString(), addresses: node.getMultiaddrs().map(String) })
  // Whom the operator named is the last to be dropped when there are too many.
  for (const address of p2p.staticPeers)
    await node.peerStore.merge(peerIdFromString(peerIdOf(address)), { tags: { static: { value: 100 } } })
  const keeping = keepStaticPeers(
    {
      addresses: p2p.staticPeers,
      clock,
      logger,
      dial: (address, signal) => connect(address, signal),
      isConnected: (peer) => book.isConnected(peer),
      disconnected: (peer, signal) => book.disconnected(peer, signal),
      isWanted: (peer) => !gate.isBlocked(peer) && !released.has(peer),
    },
    stopping.signal,
  )

  const hangUp = (peerId: string) => node.hangUp(peerIdFromString(peerId))

  return {
    async publish(envelope) {
      if (p2p.sequencerKey === null)
        throw new Error('expected a key to sign blocks with (--p2p.sequencer.key.path), found none')
      const { version, data } = encodeSignedBlock(envelope, rollup, p2p.sequencerKey)
      // Our own block coming back by another way must not count as a second one of its height.
      seen.add(envelope.payload.blockNumber, envelope.payload.blockHash)
      await pubsub.publish(blocksTopic(rollup.l2ChainId, version), data)
    },
    setUnsafeBlockSigner(address) {
      signer = p2p.unsafeBlockSigner ?? (address.toLowerCase() as Address)
    },
    onPayload(consumer) {
      handler = consumer
    },
    self: () => peerInfoToJson(book.self()),
    peers: (connectedOnly) => peerDumpToJson(book.peers(connectedOnly), gate.list()),
    peerStats() {
      const subscribers = (version: number) =>
        pubsub.getSubscribers(blocksTopic(rollup.l2ChainId, version as never)).length
      return {
        connected: node.getPeers().length,
        table: 0,
        blocksTopic: subscribers(0),
        blocksTopicV2: subscribers(1),
        blocksTopicV3: subscribers(2),
        blocksTopicV4: subscribers(3),
        banned: gate.list().length,
        known: book.peers(false).length,
      }
    },
    async connectPeer(address) {
      const peer = parsePeerAddress(address)
      released.delete(peer)
      if (gate.isBlocked(peer)) throw new Error(`peer ${peer} is blocked; unblock it first`)
      await connect(address, stopping.signal)
    },
    async disconnectPeer(peerId) {
      const id = parsePeerId(peerId)
      released.add(id)
      await hangUp(id)
      book.forget(id)
    },
    async blockPeer(peerId) {
      const id = parsePeerId(peerId)
      gate.block(id)
      await hangUp(id)
    },
    async unblockPeer(peerId) {
      gate.unblock(parsePeerId(peerId))
    },
    listBlockedPeers: () => gate.list(),
    async stop() {
      stopping.abort(new Error('p2p stops'))
      await keeping
      handler = null
      const stopped = withDeadline('p2p', stopMsMax, clock, new AbortController().signal, async () =>
        node.stop(),
      )
      await stopped.catch((error: unknown) => logger.warn('p2p did not stop cleanly', { error }))
    },
  }
}

function parsePeerAddress(address: string): string {
  let peer: string | undefined
  try {
    peer = multiaddr(address)
      .getComponents()
      .findLast((part) => part.name === 'p2p')?.value
  } catch (error) {
    throw new Error(`bad peer address: ${(error as Error).message}`)
  }
  if (peer === undefined) throw new Error(`bad peer address: expected /p2p/<id> at the end of ${address}`)
  return peer
}

function parsePeerId(peerId: string): string {
  try {
    return peerIdFromString(peerId).toString()
  } catch {
    throw new Error(
      `bad peer id: expected one such as 16Uiu2HA…, found ${JSON.stringify(peerId.slice(0, 80))}`,
    )
  }
}
