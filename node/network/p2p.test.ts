import type { Hex } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../adapters/system/system-clock.ts'
import type { P2pConfig } from '../config/node-config.ts'
import { blocksTopic } from './gossip-topics.ts'
import { testBlock } from './testing/blocks.ts'
import { signerAddress } from './testing/signer-address.ts'
import { startAttacker, startTestP2p, type TestP2p, until } from './testing/test-p2p.ts'

const sequencerKey: Hex = `0x${'01'.repeat(32)}`
const clock = createSystemClock()

const nodes: TestP2p[] = []
afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.stop()))
})

async function start(p2p: Partial<P2pConfig> = {}, chainId = 901n): Promise<TestP2p> {
  const node = await startTestP2p(p2p, { chainId })
  nodes.push(node)
  node.gossip.setBlockSigners({ current: signerAddress(sequencerKey), previous: null })
  return node
}

const now = () => BigInt(Math.floor(clock.nowMs() / 1000))
const connected = (node: TestP2p) => node.connected().length

describe('gossip between real nodes', { timeout: 30_000 }, () => {
  it('carries the first block right after the connection, in both directions', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey }), start({ sequencerKey })])
    await b.admin.connectPeer(a.address)
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
    await a.admin.connectPeer(b.address)
    await c.admin.connectPeer(b.address)
    const arrives = c.next()
    const block = testBlock({ timestamp: now() })
    await a.gossip.publish(block)
    expect(await arrives).toEqual(block)
    expect(b.received).toEqual([block])
    expect(a.received).toEqual([])
  })

  it.each([
    ['garbage', Uint8Array.of(1, 2, 3, 4, 5), 'malformed'],
    ['a decompression bomb', Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x41), 'malformed'],
    ['an unsigned block', new Uint8Array([67, 66 << 2, ...new Uint8Array(67)]), 'malformed'],
  ])('refuses and counts %s, and goes on', async (_, data, reason) => {
    const victim = await start()
    const attacker = await startAttacker(victim)
    try {
      const verdict = victim.verdict()
      await attacker.publish(blocksTopic(901n, 3), data)
      expect(await verdict).toEqual({ verdict: 'reject', reason })
      const honest = await start({ sequencerKey })
      await honest.admin.connectPeer(victim.address)
      const arrives = victim.next()
      await honest.gossip.publish(testBlock({ timestamp: now() }))
      await arrives
      expect(victim.received).toHaveLength(1)
    } finally {
      await attacker.stop()
    }
  })

  it('dials static peers, and again when they come back; a disconnect by RPC holds', async () => {
    const privateKey: Hex = `0x${'07'.repeat(32)}`
    const first = await start({ privateKey })
    const port = Number(/\/tcp\/(\d+)\//.exec(first.address)?.[1])
    const a = await start({ staticPeers: [first.address] })
    await until(() => connected(a) === 1)
    expect((a.admin.peers(true) as { peers: Record<string, unknown> }).peers[first.id]).toMatchObject({
      protected: true,
    })
    await nodes.splice(nodes.indexOf(first), 1)[0]?.stop()
    await until(() => connected(a) === 0)
    const again = await start({ privateKey, listenPort: port })
    expect(again.id).toBe(first.id)
    await until(() => connected(a) === 1)
    await a.admin.disconnectPeer(again.id)
    expect(connected(a)).toBe(0)
    await a.logged('static peer is kept away')
    expect(connected(a)).toBe(0)
    await a.admin.connectPeer(again.address)
    expect(connected(a)).toBe(1)
  })

  it('tells about itself and its peers in op-node’s shapes', async () => {
    const [a, b] = await Promise.all([start({ privateKey: `0x${'07'.repeat(32)}` }), start()])
    await b.admin.connectPeer(a.address)
    await until(() => connected(a) === 1)
    expect(a.admin.self()).toEqual({
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
    const dump = b.admin.peers(true) as { peers: Record<string, Record<string, unknown>> }
    expect(dump).toMatchObject({ totalConnected: 1, bannedPeers: [], bannedIPS: [], bannedSubnets: [] })
    expect(dump.peers[a.id]).toMatchObject({
      peerID: a.id,
      nodeID: a.admin.self()['nodeID'],
      userAgent: 'lockstep/test',
      connectedness: 1,
      direction: 2,
      chainID: 901,
      gossipBlocks: true,
      scores: { gossip: { total: expect.any(Number) } },
    })
    expect(b.admin.peerStats()).toMatchObject({
      connected: 1,
      blocksTopic: 1,
      blocksTopicV4: 1,
      known: 1,
      banned: 0,
    })
  })
})
