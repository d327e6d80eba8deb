import { sha256 } from '@noble/hashes/sha2'
import type { Hex } from 'viem'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { SignBlock } from '../../node/network/block-signature.ts'
import { peerScoring } from '../../node/network/gossip-scoring.ts'
import { blocksTopic, gossipVersions } from '../../node/network/gossip-topics.ts'
import type { GossipTransport, OpenGossipTransport } from '../../node/ports/gossip-transport.ts'
import { DecodeError } from '../../node/protocol/byte-reader.ts'
import {
  decodeGossipPayload,
  type GossipVersion,
  gossipMessageId,
  gossipMessageLengthMax,
  openGossipMessage,
} from '../../node/protocol/gossip-message.ts'
import type { PayloadEnvelope } from '../../node/protocol/payload.ts'
import type { FaultPoint } from '../faults/fault-point.ts'
import { createFaultStand, type FaultContext } from '../faults/fault-stand.ts'
import { craftMessage } from './craft-message.ts'

/** A peer that hears the gossip of a chain and, while a fault stands on its point, answers each block with a wrong message. */
export interface HostilePeer {
  readonly point: FaultPoint
  readonly peerId: string
  stop(): Promise<void>
}

export interface HostilePeerOptions extends FaultContext {
  readonly name: string
  readonly config: RollupConfig
  readonly sequencerKey: Hex
  readonly openTransport: OpenGossipTransport
  /** Default: one in JavaScript. */
  readonly signBlock?: SignBlock
  /** Multiaddrs of the nodes that it connects to, each with `/p2p/<id>`, and tries again when it is thrown out. */
  readonly addresses: readonly string[]
}

/** The private key of the libp2p host of that name. */
export const hostileIdentity = (name: string): Uint8Array =>
  sha256(new TextEncoder().encode(`lockstep ${name}`))

const redialMs = 1_000
const dialMsMax = 5_000
const topicPeers = { d: 8, lo: 6, hi: 12, lazy: 6, floodPublish: true }

/** Starts a hostile peer on a free port of 127.0.0.1. It has a transport as any node's, and takes every message for good. */
export async function startHostilePeer(options: HostilePeerOptions): Promise<HostilePeer> {
  const { name, config, clock, events } = options
  const topicOf = (version: GossipVersion) => blocksTopic(config.l2ChainId, version)
  const stopping = new AbortController()
  const transport = await options.openTransport({
    listenHost: '127.0.0.1',
    listenPort: 0,
    privateKey: hostileIdentity(name),
    connectionsMax: 32,
    gate: { refusesPeer: () => false, refusesIp: () => false },
    topics: gossipVersions.map(topicOf),
    messageId: gossipMessageId,
    messageLengthMax: gossipMessageLengthMax,
    mesh: topicPeers,
    scoring: peerScoring('none', 1_000, () => 0),
    userAgent: name,
  })
  const stand = createFaultStand({
    ...options,
    point: name,
    carriers: ['hostile'],
    refuses: ({ conditions }) =>
      conditions.some((one) => 'to' in one || 'from' in one)
        ? 'it sends to all of its peers what it makes of the blocks of one chain'
        : null,
  })
  /** Hashes of blocks that it has answered: each comes from several peers, and its own come back. */
  const answered = new Set<string>()

  async function answer(envelope: PayloadEnvelope): Promise<void> {
    const nowMs = clock.nowMs()
    const fault = stand.decide(
      { consumer: name, method: null, nowMs },
      ({ effects }) => effects.hostile !== undefined,
    )
    const kind = fault?.fault.effects.hostile?.kind
    if (fault === null || kind === undefined) return
    const nowSeconds = BigInt(Math.floor(nowMs / 1000))
    const { version, data, block } = craftMessage(kind, envelope, { ...options, nowSeconds })
    fault.strike()
    await transport.publish(topicOf(version), data)
    events.record({
      kind: 'gossip',
      node: name,
      action: 'publish',
      block: { number: Number(block.number), hash: block.hash },
      reason: fault.fault.name,
    })
  }

  function hear(version: GossipVersion, data: Uint8Array): void {
    let envelope: PayloadEnvelope
    try {
      envelope = decodeGossipPayload(version, openGossipMessage(data).payload)
    } catch (error) {
      if (error instanceof DecodeError) return
      throw error
    }
    const { blockHash } = envelope.payload
    if (answered.has(blockHash)) return
    answered.add(blockHash)
    for (const oldest of answered) if (answered.size > 1_000) answered.delete(oldest)
    answer(envelope).catch((error: unknown) => {
      if (stopping.signal.aborted) return
      events.record({ kind: 'note', component: name, message: `could not publish: ${error}` })
    })
  }

  await transport.start()
  for (const version of gossipVersions)
    transport.subscribe(topicOf(version), (data) => {
      hear(version, data)
      return 'accept'
    })
  const dialling = options.addresses.map((address) =>
    keepDialling(transport, address, options, stopping.signal),
  )
  return {
    point: stand,
    peerId: transport.peerId,
    async stop() {
      stopping.abort()
      await Promise.all(dialling)
      await transport.stop()
    },
  }
}

async function keepDialling(
  transport: GossipTransport,
  address: string,
  { clock }: Pick<FaultContext, 'clock'>,
  over: AbortSignal,
): Promise<void> {
  const peer = transport.peerOf(address)
  while (!over.aborted) {
    if (!transport.connections().some(({ peerId }) => peerId === peer)) {
      const limit = new AbortController()
      const late = clock.sleep(dialMsMax, AbortSignal.any([over, limit.signal])).then(
        () => limit.abort(),
        () => {},
      )
      await transport.dial(address, AbortSignal.any([over, limit.signal])).catch(() => {
        // Not there yet, or it has been thrown out: it comes again.
      })
      limit.abort()
      await late
    }
    await clock.sleep(redialMs, over).catch(() => {})
  }
}
