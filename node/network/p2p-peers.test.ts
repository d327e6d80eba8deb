import type { Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { P2pConfig } from '../config/node-config.ts'
import type { GossipTransportSettings } from '../ports/gossip-transport.ts'
import { createFakeClock, type FakeClock } from '../ports/testing/fake-clock.ts'
import { snappyCompress } from '../protocol/snappy.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { blocksTopic } from './gossip-topics.ts'
import { testBlock, testRollupConfig } from './testing/blocks.ts'
import { createMemoryNetwork, type MemoryNetwork } from './testing/memory-network.ts'
import { signerAddress } from './testing/signer-address.ts'
import { startAttacker, startTestP2p, type TestP2p } from './testing/test-p2p.ts'

const sequencerKey: Hex = `0x${'01'.repeat(32)}`
const otherKey: Hex = `0x${'02'.repeat(32)}`
const topic = blocksTopic(901n, 3)

let clock: FakeClock
let network: MemoryNetwork
beforeEach(() => {
  clock = createFakeClock(1_800_000_000_000)
  network = createMemoryNetwork({ clock })
})

const stops: (() => Promise<void>)[] = []
afterEach(async () => {
  await Promise.all(stops.splice(0).map((stop) => stop()))
  expect(clock.sleeping).toBe(0)
})

async function start(p2p: Partial<P2pConfig> = {}): Promise<TestP2p> {
  const node = await startTestP2p(p2p, { clock, openTransport: network.open })
  stops.push(node.stop)
  node.gossip.setBlockSigners({ current: signerAddress(sequencerKey), previous: null })
  return node
}

async function attack(victim: TestP2p) {
  const attacker = await startAttacker(victim, network.open)
  stops.push(attacker.stop)
  return {
    id: attacker.peerId,
    dial: () => attacker.dial(victim.address, new AbortController().signal),
    connections: () => attacker.connections().length,
    send: (data: Uint8Array) => attacker.publish(topic, data),
  }
}

/** Lets the virtual second pass after which every peer is judged again. */
const judged = () => clock.advance(1_000)
const block = (number: bigint) => testBlock({ number, timestamp: BigInt(Math.floor(clock.nowMs() / 1000)) })
const forged = Uint8Array.of(1, 2, 3, 4, 5)
/** What `opp2p_peers` says of a peer. */
const scores = (node: TestP2p, peer: string) => {
  const { peers } = node.admin.peers(false) as { peers: Record<string, { scores: unknown }> }
  return peers[peer]?.scores as {
    gossip: { total: number }
    reqResp: { errorResponses: number; rejectedPayloads: number }
  }
}

describe('peers that misbehave', () => {
  it('as new identities, each with a message that decompresses to 8 MiB, cost two of them, and no block of a peer known', async () => {
    const victim = await start()
    const honest = await start({ sequencerKey })
    await honest.admin.connectPeer(victim.address)
    await honest.gossip.publish(block(1n))
    await clock.settle()
    expect(victim.received).toHaveLength(1)
    for (let index = 0; index < 12; index++) {
      const { send } = await attack(victim)
      await send(snappyCompress(new Uint8Array(8 * 1024 * 1024).fill(index)))
      await clock.settle()
    }
    expect(victim.verdicts('wrong_signer', 'bad_signature')).toBe(2)
    expect(victim.verdicts('over_budget')).toBe(10)
    const told = victim.lines('gossip message refused').filter(({ level }) => level === 'info')
    expect(told.filter(({ fields }) => fields?.['reason'] === 'over_budget')).toHaveLength(1)
    const big = testBlock({
      number: 2n,
      timestamp: BigInt(Math.floor(clock.nowMs() / 1000)),
      change: { transactions: [`0x7e${'00'.repeat(1_000_000)}`] },
    })
    await honest.gossip.publish(big)
    await clock.settle()
    expect(victim.received).toHaveLength(2)
  })

  it('with a long message signed by another key pay for what it cost', async () => {
    const victim = await start()
    const attacker = await attack(victim)
    const block = testBlock({
      timestamp: BigInt(Math.floor(clock.nowMs() / 1000)),
      change: { transactions: [`0x7e${'00'.repeat(9_000_000)}`] },
    })
    await attacker.send(encodeSignedBlock(block, testRollupConfig(), `0x${'02'.repeat(32)}`).data)
    await clock.settle()
    expect(victim.verdicts('wrong_signer')).toBe(1)
    expect(scores(victim, attacker.id).reqResp.rejectedPayloads).toBeGreaterThan(4)
  })

  it('are scored down and banned for a forged message, and come back when the ban is lifted', async () => {
    const victim = await start()
    const attacker = await attack(victim)
    const verdict = victim.verdict()
    await attacker.send(forged)
    expect(await verdict).toEqual({ verdict: 'reject', reason: 'malformed' })
    expect(scores(victim, attacker.id).reqResp.rejectedPayloads).toBeCloseTo(6, 0)
    await judged()
    expect(victim.connected()).toEqual([])
    expect(victim.admin.peers(true)).toMatchObject({ bannedPeers: [attacker.id] })
    expect(victim.admin.peerStats()).toMatchObject({ banned: 1 })
    expect(victim.admin.listBlockedPeers()).toEqual([])
    // The dialler learns only after the handshake, in which the victim sees who it is.
    await attacker.dial().catch(() => {})
    await clock.settle()
    expect(attacker.connections()).toBe(0)
    expect(victim.connected()).toEqual([])
    await victim.admin.unblockPeer(attacker.id)
    await attacker.dial()
    await clock.settle()
    expect(victim.connected()).toEqual([attacker.id])
    expect(victim.counted('p2p_peers_banned_total')).toBe(1)
    expect(victim.counted('p2p_connections_total')).toBeGreaterThanOrEqual(2)
  })

  it('are banned for a burst of blocks that another key signed', async () => {
    const victim = await start()
    const attacker = await attack(victim)
    for (let number = 1n; number <= 8n; number++)
      await attacker.send(encodeSignedBlock(block(number), testRollupConfig('isthmus'), otherKey).data)
    await judged()
    expect(victim.connected()).toEqual([])
    expect(victim.received).toEqual([])
  })

  it('keep their connection when bans are off, with a score to see', async () => {
    const victim = await start({ ban: null })
    const attacker = await attack(victim)
    const verdict = victim.verdict()
    await attacker.send(forged)
    await verdict
    expect(scores(victim, attacker.id).gossip.total).toBeLessThan(-40)
    await judged()
    expect(victim.connected()).toEqual([attacker.id])
    // Ignored from now on: what it sends is not even looked at, and others are served.
    const honest = await start({ sequencerKey })
    await honest.admin.connectPeer(victim.address)
    expect(honest.admin.peerStats()).toMatchObject({ blocksTopicV4: 1 })
    const arrives = victim.next()
    await honest.gossip.publish(block(1n))
    await arrives
  })

  it('have no score when scores are off', async () => {
    const victim = await start({ scoring: 'none' })
    const attacker = await attack(victim)
    const verdict = victim.verdict()
    await attacker.send(forged)
    await verdict
    expect(scores(victim, attacker.id).gossip.total).toBe(0)
  })
})

describe('too many peers', () => {
  it.each(['too_many_waiting', 'signed'] as const)('are counted when messages go unread: %s', async (why) => {
    let settings: GossipTransportSettings | undefined
    const openTransport: typeof network.open = (given) => {
      settings = given
      return network.open(given)
    }
    const victim = await startTestP2p({}, { clock, openTransport })
    stops.push(victim.stop)
    settings?.onDropped?.(why, 'stranger', 7)
    expect(victim.verdicts(why)).toBe(1)
  })

  it('are refused when twice high tide is connected', async () => {
    const node = await start({ peers: { lo: 1, hi: 1, graceMs: 60_000 } })
    const [a, b, c] = await Promise.all([start(), start(), start()])
    await a.admin.connectPeer(node.address)
    await b.admin.connectPeer(node.address)
    await expect(c.admin.connectPeer(node.address)).rejects.toThrow()
    expect([...node.connected()].sort()).toEqual([a.id, b.id].sort())
  })

  it('are pruned to low tide after their grace, except the protected', async () => {
    const node = await start({ peers: { lo: 2, hi: 2, graceMs: 1_000 } })
    const [a, b, c] = await Promise.all([start(), start(), start()])
    // The first whose grace ends: it would be the one to go.
    await node.admin.protectPeer(a.id)
    for (const peer of [a, b, c]) await peer.admin.connectPeer(node.address)
    expect(node.connected()).toHaveLength(3)
    await judged()
    expect(node.connected()).toHaveLength(2)
    expect(node.connected()).toContain(a.id)
    expect(node.admin.peers(true)).toMatchObject({ peers: { [a.id]: { protected: true } } })
    await node.admin.unprotectPeer(a.id)
    expect(node.admin.peers(true)).toMatchObject({ peers: { [a.id]: { protected: false } } })
  })

  it('do not come back before others had a chance to come, unless the operator wants them', async () => {
    const node = await start({ peers: { lo: 1, hi: 1, graceMs: 1_000 } })
    const [a, b, c] = await Promise.all([start(), start(), start()])
    await node.admin.protectPeer(a.id)
    for (const peer of [a, b]) await peer.admin.connectPeer(node.address)
    await judged()
    expect(node.connected()).toEqual([a.id])
    await b.admin.connectPeer(node.address).catch(() => {})
    await clock.settle()
    expect(node.connected()).toEqual([a.id])
    await c.admin.connectPeer(node.address)
    await clock.settle()
    expect(node.connected()).toContain(c.id)
    await node.admin.connectPeer(b.address).catch(() => {})
    await clock.settle()
    expect(node.connected()).toContain(b.id)
  })
})

describe('addresses and networks that the operator blocks', () => {
  it.each([
    ['address', 'blockAddr', 'unblockAddr', '127.0.0.1'],
    ['network', 'blockSubnet', 'unblockSubnet', '127.0.0.0/8'],
  ] as const)(
    'keep the peers of a blocked %s out in both directions',
    async (_, blockIt, unblockIt, what) => {
      const [a, b] = await Promise.all([start(), start()])
      await a.admin.connectPeer(b.address)
      await a.admin[blockIt](what)
      expect(a.connected()).toEqual([])
      await clock.settle()
      expect(b.connected()).toEqual([])
      await expect(a.admin.connectPeer(b.address)).rejects.toThrow()
      await expect(b.admin.connectPeer(a.address)).rejects.toThrow()
      const isAddress = blockIt === 'blockAddr'
      expect(a.admin.listBlockedAddrs()).toEqual(isAddress ? ['127.0.0.1'] : [])
      const subnets = isAddress ? [] : [{ IP: '127.0.0.0', Mask: '/wAAAA==' }]
      expect(a.admin.listBlockedSubnets()).toEqual(subnets)
      expect(a.admin.peers(true)).toMatchObject({ bannedSubnets: subnets })
      await a.admin[unblockIt](what)
      await b.admin.connectPeer(a.address)
      expect(a.connected()).toEqual([b.id])
    },
  )

  it('say what is wrong with a name that is none', async () => {
    const a = await start()
    await expect(a.admin.blockAddr('localhost')).rejects.toThrow(
      'bad address: expected an IP address, found "localhost"',
    )
    await expect(a.admin.blockSubnet('10.0.0.0')).rejects.toThrow(/^bad subnet: expected a network such as/)
    await expect(a.admin.protectPeer('x')).rejects.toThrow(/^bad peer id/)
  })
})
