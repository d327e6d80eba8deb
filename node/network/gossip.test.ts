import { multiaddr } from '@multiformats/multiaddr'
import type { Hex } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { createNoMetrics } from '../adapters/no-metrics.ts'
import { createSystemClock } from '../adapters/system-clock.ts'
import { createSystemRandom } from '../adapters/system-random.ts'
import type { P2pConfig } from '../config/node-config.ts'
import { createNodeMetrics } from '../metrics.ts'
import type { Gossip } from '../ports/gossip.ts'
import type { Labels, MetricsRegistry } from '../ports/metrics.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { signerAddress } from './block-signature.ts'
import { startGossip } from './gossip.ts'
import { blocksTopic } from './gossip-topics.ts'
import { createP2pNode } from './libp2p-node.ts'
import { createPeerGate } from './peer-gate.ts'
import { testBlock, testRollupConfig } from './testing/blocks.ts'

const sequencerKey: Hex = `0x${'01'.repeat(32)}`
const otherKey: Hex = `0x${'02'.repeat(32)}`
const clock = createSystemClock()

interface Node {
  readonly gossip: Gossip
  readonly received: PayloadEnvelope[]
  /** Resolves with the next block that is delivered. */
  next(): Promise<PayloadEnvelope>
  /** Resolves with the next verdict on a message. */
  verdict(): Promise<Labels>
  /** Resolves once the node has said so. */
  logged(message: string): Promise<void>
  readonly id: string
  readonly address: string
}

const nodes: Node[] = []
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.gossip.stop()))
})

async function start(p2p: Partial<P2pConfig> = {}, chainId = 901n): Promise<Node> {
  const received: PayloadEnvelope[] = []
  const waiting: ((envelope: PayloadEnvelope) => void)[] = []
  const logger = createSilentLogger()
  const waitingVerdict: ((labels: Labels) => void)[] = []
  const registry: MetricsRegistry = {
    ...createNoMetrics(),
    counter: (name) => ({
      inc(labels) {
        if (name === 'p2p_gossip_messages_total') waitingVerdict.shift()?.(labels ?? {})
      },
    }),
  }
  const gossip = await startGossip({
    p2p: {
      listenHost: '127.0.0.1',
      listenPort: 0,
      privateKey: null,
      sequencerKey: null,
      unsafeBlockSigner: null,
      staticPeers: [],
      peersMax: 10,
      ...p2p,
    },
    rollup: testRollupConfig('isthmus', chainId),
    clock,
    random: createSystemRandom(),
    logger,
    metrics: createNodeMetrics(registry),
    version: 'test',
  })
  gossip.setUnsafeBlockSigner(signerAddress(sequencerKey))
  gossip.onPayload((envelope) => {
    received.push(envelope)
    waiting.shift()?.(envelope)
  })
  const self = gossip.self() as { peerID: string; addresses: string[] }
  const node: Node = {
    gossip,
    received,
    next: () => new Promise((resolve) => waiting.push(resolve)),
    verdict: () => new Promise((resolve) => waitingVerdict.push(resolve)),
    logged: (message) => until(() => logger.lines.some((line) => line.message.startsWith(message))),
    id: self.peerID,
    address: self.addresses[0] as string,
  }
  nodes.push(node)
  return node
}

const now = () => BigInt(Math.floor(clock.nowMs() / 1000))
const connected = (node: Node) => (node.gossip.peers(true) as { totalConnected: number }).totalConnected

describe('gossip between real nodes', { timeout: 30_000 }, () => {
  it('carries the first block right after the connection, in both directions', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey }), start({ sequencerKey })])
    await b.gossip.connectPeer(a.address)
    const block = testBlock({ number: 1n, timestamp: now() })
    const arrives = a.next()
    await b.gossip.publish(block)
    expect(await arrives).toEqual(block)
    const answer = testBlock({ number: 2n, timestamp: now() })
    const arrivesBack = b.next()
    await a.gossip.publish(answer)
    expect(await arrivesBack).toEqual(answer)
    expect([a.received.length, b.received.length]).toEqual([1, 1])
  })

  it('forwards through a node in the middle, once', async () => {
    const [a, b, c] = await Promise.all([start({ sequencerKey }), start(), start()])
    await a.gossip.connectPeer(b.address)
    await c.gossip.connectPeer(b.address)
    const arrives = c.next()
    const block = testBlock({ timestamp: now() })
    await a.gossip.publish(block)
    expect(await arrives).toEqual(block)
    expect(b.received).toEqual([block])
    expect(a.received).toEqual([])
  })

  it('refuses a block that another key signed, counts it and delivers nothing', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey: otherKey }), start()])
    await a.gossip.connectPeer(b.address)
    const verdict = b.verdict()
    await a.gossip.publish(testBlock({ timestamp: now() }))
    expect(await verdict).toEqual({ verdict: 'reject', reason: 'wrong_signer' })
    expect(b.received).toEqual([])
  })

  it.each([
    ['garbage', Uint8Array.of(1, 2, 3, 4, 5), 'malformed'],
    ['a decompression bomb', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x41), 'malformed'],
    ['an unsigned block', new Uint8Array([67, 66 << 2, ...new Uint8Array(67)]), 'malformed'],
  ])('refuses and counts %s, and goes on', async (_, data, reason) => {
    const victim = await start()
    const attacker = await createP2pNode({
      listenHost: '127.0.0.1',
      listenPort: 0,
      privateKey: createSystemRandom().bytes(32),
      peersMax: 5,
      gate: createPeerGate(),
      topics: [blocksTopic(901n, 3)],
      userAgent: 'attacker',
      slotMs: 2_000,
    })
    await attacker.start()
    try {
      attacker.services.pubsub.subscribe(blocksTopic(901n, 3))
      await attacker.dial(multiaddr(victim.address))
      await until(() => attacker.services.pubsub.getSubscribers(blocksTopic(901n, 3)).length === 1)
      const verdict = victim.verdict()
      await attacker.services.pubsub.publish(blocksTopic(901n, 3), data)
      expect(await verdict).toEqual({ verdict: 'reject', reason })
      const honest = await start({ sequencerKey })
      await honest.gossip.connectPeer(victim.address)
      const arrives = victim.next()
      await honest.gossip.publish(testBlock({ timestamp: now() }))
      await arrives
      expect(victim.received).toHaveLength(1)
    } finally {
      await attacker.stop()
    }
  })

  it('takes the configured signer over that of L1', async () => {
    const [a, b] = await Promise.all([
      start({ sequencerKey: otherKey }),
      start({ unsafeBlockSigner: signerAddress(otherKey) }),
    ])
    await a.gossip.connectPeer(b.address)
    const arrives = b.next()
    const block = testBlock({ timestamp: now() })
    await a.gossip.publish(block)
    expect(await arrives).toEqual(block)
  })

  it('cannot publish without a key', async () => {
    const a = await start()
    await expect(a.gossip.publish(testBlock({ timestamp: now() }))).rejects.toThrow(
      'expected a key to sign blocks with (--p2p.sequencer.key.path), found none',
    )
  })

  it('does not mix chains', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey }), start({}, 902n)])
    await a.gossip.connectPeer(b.address)
    expect(a.gossip.peerStats()).toMatchObject({ connected: 1, blocksTopicV4: 0 })
  })

  it('keeps a blocked peer out in both directions until it is unblocked', async () => {
    const [a, b] = await Promise.all([start(), start()])
    await a.gossip.connectPeer(b.address)
    await a.gossip.blockPeer(b.id)
    expect(connected(a)).toBe(0)
    await until(() => connected(b) === 0)
    expect(a.gossip.listBlockedPeers()).toEqual([b.id])
    await expect(a.gossip.connectPeer(b.address)).rejects.toThrow(/is blocked; unblock it first/)
    await expect(b.gossip.connectPeer(a.address)).rejects.toThrow()
    expect(connected(a)).toBe(0)
    await a.gossip.unblockPeer(b.id)
    await b.gossip.connectPeer(a.address)
    expect([connected(a), connected(b)]).toEqual([1, 1])
  })

  it('dials static peers, and again when they come back; a disconnect by RPC holds', async () => {
    const privateKey: Hex = `0x${'07'.repeat(32)}`
    const first = await start({ privateKey })
    const port = Number(/\/tcp\/(\d+)\//.exec(first.address)?.[1])
    const a = await start({ staticPeers: [first.address] })
    await until(() => connected(a) === 1)
    expect((a.gossip.peers(true) as { peers: Record<string, unknown> }).peers[first.id]).toMatchObject({
      protected: true,
    })
    await nodes.splice(nodes.indexOf(first), 1)[0]?.gossip.stop()
    await until(() => connected(a) === 0)
    const again = await start({ privateKey, listenPort: port })
    expect(again.id).toBe(first.id)
    await until(() => connected(a) === 1)
    await a.gossip.disconnectPeer(again.id)
    expect(connected(a)).toBe(0)
    await a.logged('static peer is kept away')
    expect(connected(a)).toBe(0)
    await a.gossip.connectPeer(again.address)
    expect(connected(a)).toBe(1)
  })

  it('tells about itself and its peers in op-node’s shapes', async () => {
    const [a, b] = await Promise.all([start({ privateKey: `0x${'07'.repeat(32)}` }), start()])
    await b.gossip.connectPeer(a.address)
    await until(() => connected(a) === 1)
    expect(a.gossip.self()).toEqual({
      peerID: '16Uiu2HAm5hPxT7s3TA2f4b4YjAPzS7yLRSgdj87ysDZ6NAXMiRuY',
      nodeID: expect.stringMatching(/^[0-9a-f]{64}$/),
      userAgent: expect.any(String),
      protocolVersion: expect.any(String),
      ENR: '',
      addresses: [a.address],
      protocols: expect.arrayContaining([
        '/meshsub/1.1.0',
        '/ipfs/id/1.0.0',
        '/ipfs/ping/1.0.0',
        '/floodsub/1.0.0',
      ]),
      connectedness: 0,
      direction: 0,
      protected: false,
      chainID: 901,
      latency: 0,
      gossipBlocks: true,
      scores: expect.any(Object),
    })
    const dump = b.gossip.peers(true) as { peers: Record<string, Record<string, unknown>> }
    expect(dump).toMatchObject({ totalConnected: 1, bannedPeers: [], bannedIPS: [], bannedSubnets: [] })
    expect(dump.peers[a.id]).toMatchObject({
      peerID: a.id,
      nodeID: a.gossip.self()['nodeID'],
      userAgent: 'lockstep/test',
      connectedness: 1,
      direction: 2,
      chainID: 901,
      gossipBlocks: true,
      scores: { gossip: { total: expect.any(Number) } },
    })
    expect(b.gossip.peerStats()).toMatchObject({
      connected: 1,
      blocksTopic: 1,
      blocksTopicV4: 1,
      known: 1,
      banned: 0,
    })
  })

  it.each(['', 'x', '/ip4/127.0.0.1/tcp/1', '/nonsense/1'])('refuses the address %j', async (address) => {
    const a = await start()
    await expect(a.gossip.connectPeer(address)).rejects.toThrow(/bad peer address/)
    await expect(a.gossip.disconnectPeer(address)).rejects.toThrow(/bad peer id/)
  })
})

/** Waits for something that another process of the network brings about; vitest ends it when it never comes. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await clock.sleep(10)
}
