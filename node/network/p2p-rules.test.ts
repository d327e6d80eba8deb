import type { Hex } from 'viem'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { P2pConfig } from '../config/node-config.ts'
import { createFakeClock, type FakeClock } from '../ports/testing/fake-clock.ts'
import { testBlock } from './testing/blocks.ts'
import { createMemoryNetwork, type MemoryNetwork } from './testing/memory-network.ts'
import { signerAddress } from './testing/signer-address.ts'
import { startTestP2p, type TestP2p } from './testing/test-p2p.ts'

const sequencerKey: Hex = `0x${'01'.repeat(32)}`
const otherKey: Hex = `0x${'02'.repeat(32)}`

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

async function start(p2p: Partial<P2pConfig> = {}, chainId = 901n): Promise<TestP2p> {
  const node = await startTestP2p(p2p, { chainId, clock, openTransport: network.open })
  stops.push(node.stop)
  node.gossip.setBlockSigners({ current: signerAddress(sequencerKey), previous: null })
  return node
}

const now = () => BigInt(Math.floor(clock.nowMs() / 1000))
const connected = (node: TestP2p) => node.connected().length

describe('gossip between nodes', () => {
  it('refuses a block that another key signed, counts it and delivers nothing', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey: otherKey }), start()])
    await a.admin.connectPeer(b.address)
    const verdict = b.verdict()
    await a.gossip.publish(testBlock({ timestamp: now() }))
    expect(await verdict).toEqual({ verdict: 'reject', reason: 'wrong_signer' })
    expect(b.received).toEqual([])
  })

  it('hears a sequencer that still signs with its old key after a rotation, until the new key is in use', async () => {
    const old = await start({ sequencerKey })
    const fresh = await start({ sequencerKey: otherKey })
    const verifier = await start()
    for (const sequencer of [old, fresh]) await sequencer.admin.connectPeer(verifier.address)
    const untilMs = clock.nowMs() + 10_800_000
    const previous = { address: signerAddress(sequencerKey), untilMs }
    verifier.gossip.setBlockSigners({ current: signerAddress(otherKey), previous })
    const sendAndSettle = async (sequencer: TestP2p, number: bigint) => {
      await sequencer.gossip.publish(testBlock({ number, timestamp: now() }))
      await clock.settle()
      return verifier.received.length
    }
    // 25 minutes of them: upstream's blackout (optimism#22839).
    for (let minute = 1; minute <= 25; minute++) {
      await clock.advance(60_000)
      expect(await sendAndSettle(old, BigInt(minute))).toBe(minute)
    }
    expect(verifier.counted('p2p_gossip_previous_signer_total')).toBe(25)
    expect(verifier.lines('blocks of the signer before the rotation')).toHaveLength(1)
    expect(await sendAndSettle(fresh, 26n)).toBe(26)
    expect(await sendAndSettle(old, 27n)).toBe(26)
    expect(verifier.counted('p2p_gossip_previous_signer_total')).toBe(25)
  })

  it('does not hear the old key three hours after a rotation', async () => {
    const [old, verifier] = [await start({ sequencerKey }), await start()]
    await old.admin.connectPeer(verifier.address)
    const previous = { address: signerAddress(sequencerKey), untilMs: clock.nowMs() + 10_800_000 }
    verifier.gossip.setBlockSigners({ current: signerAddress(otherKey), previous })
    await clock.advance(10_800_000)
    const verdict = verifier.verdict()
    await old.gossip.publish(testBlock({ timestamp: now() }))
    expect(await verdict).toEqual({ verdict: 'reject', reason: 'wrong_signer' })
  })

  it('takes the configured signer over that of L1', async () => {
    const [a, b] = await Promise.all([
      start({ sequencerKey: otherKey }),
      start({ unsafeBlockSigner: signerAddress(otherKey) }),
    ])
    await a.admin.connectPeer(b.address)
    const arrives = b.next()
    const block = testBlock({ timestamp: now() })
    await a.gossip.publish(block)
    expect(await arrives).toEqual(block)
  })

  it.each([
    [60n, true],
    [61n, false],
  ])('publishes a block that is %i s old: %s', async (age, isPublished) => {
    const [a, b] = await Promise.all([start({ sequencerKey }), start()])
    await a.admin.connectPeer(b.address)
    const verdict = b.verdict()
    const block = (number: bigint, timestamp: bigint) => a.gossip.publish(testBlock({ number, timestamp }))
    expect(await block(1n, now() - age)).toBe(isPublished ? 'published' : 'withheld')
    if (!isPublished) await block(2n, now())
    // Nothing came before it.
    expect(await verdict).toMatchObject({ verdict: 'accept' })
  })

  it('cannot publish without a key', async () => {
    const a = await start()
    await expect(a.gossip.publish(testBlock({ timestamp: now() }))).rejects.toThrow(
      'expected a key to sign blocks with (--p2p.sequencer.key.path), found none',
    )
  })

  it('does not mix chains', async () => {
    const [a, b] = await Promise.all([start({ sequencerKey }), start({}, 902n)])
    const connecting = a.admin.connectPeer(b.address)
    // So long a new connection may take to say what it subscribes to.
    await clock.advance(500)
    await connecting
    expect(a.admin.peerStats()).toMatchObject({ connected: 1, blocksTopicV4: 0 })
  })

  it('keeps a blocked peer out in both directions until it is unblocked', async () => {
    const [a, b] = await Promise.all([start(), start()])
    await a.admin.connectPeer(b.address)
    await a.admin.blockPeer(b.id)
    expect(connected(a)).toBe(0)
    await clock.settle()
    expect(connected(b)).toBe(0)
    expect(a.admin.listBlockedPeers()).toEqual([b.id])
    await expect(a.admin.connectPeer(b.address)).rejects.toThrow(/is blocked; unblock it first/)
    await expect(b.admin.connectPeer(a.address)).rejects.toThrow()
    expect(connected(a)).toBe(0)
    await a.admin.unblockPeer(b.id)
    await b.admin.connectPeer(a.address)
    expect([connected(a), connected(b)]).toEqual([1, 1])
  })

  it.each(['', 'x', '/ip4/127.0.0.1/tcp/1', '/nonsense/1'])('refuses the address %j', async (address) => {
    const a = await start()
    await expect(a.admin.connectPeer(address)).rejects.toThrow(/bad peer address/)
    await expect(a.admin.disconnectPeer(address)).rejects.toThrow(/bad peer id/)
  })
})
