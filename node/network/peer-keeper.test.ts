import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createSilentLogger } from '../ports/testing/silent-logger.ts'
import { type KeptPeer, keepPeers, peersToBan, peersToPrune } from './peer-keeper.ts'

const peer = (peerId: string, change: Partial<KeptPeer> = {}): KeptPeer => ({
  peerId,
  score: 0,
  isGood: false,
  connectedAtMs: 0,
  isStatic: false,
  isProtected: false,
  ...change,
})
const tides = { lo: 2, hi: 3, graceMs: 30_000 }
const late = 1_000_000

describe('banning', () => {
  it('takes those below the threshold, but nobody whom the operator named', () => {
    const peers = [
      peer('on it', { score: -100 }),
      peer('below', { score: -100.5 }),
      peer('static', { score: -500, isStatic: true, isProtected: true }),
      peer('protected by RPC', { score: -500, isProtected: true }),
      peer('good', { score: 5 }),
    ]
    expect(peersToBan(peers, -100)).toEqual(['below', 'protected by RPC'])
  })
})

describe('pruning', () => {
  it('begins above high tide and ends at low tide', () => {
    const three = [peer('a'), peer('b'), peer('c')]
    expect(peersToPrune(three, tides, late)).toEqual([])
    expect(peersToPrune([...three, peer('d')], tides, late)).toHaveLength(2)
  })

  it('takes the lowest scores first, then the newest', () => {
    const peers = [
      peer('old', { connectedAtMs: 1 }),
      peer('bad', { score: -5 }),
      peer('worse', { score: -6 }),
      peer('new', { connectedAtMs: 2 }),
      peer('good', { score: 1, connectedAtMs: 3 }),
    ]
    expect(peersToPrune(peers, tides, late)).toEqual(['worse', 'bad', 'new'])
  })

  it('takes the silent before those who brought blocks, however early they came', () => {
    const silent = ['a', 'b', 'c', 'd'].map((id, index) => peer(id, { connectedAtMs: index }))
    const honest = peer('honest', { isGood: true, connectedAtMs: 100 })
    expect(peersToPrune([...silent, honest], tides, late)).toEqual(['d', 'c', 'b'])
    const punished = peer('punished', { isGood: true, score: -1 })
    expect(peersToPrune([...silent, honest, punished], tides, late)[0]).toBe('punished')
  })

  it('leaves who brought blocks its place, however many silent newcomers there are', () => {
    const newcomers = Array.from({ length: 30 }, (_, at) => peer(`new ${at}`, { connectedAtMs: late }))
    const honest = peer('honest', { isGood: true })
    expect(peersToPrune([...newcomers, honest], tides, late)).toEqual([])
    expect(peersToPrune([...newcomers, honest, peer('silent')], tides, late)).toEqual(['silent'])
  })

  it('takes of those who brought blocks when they alone are too many', () => {
    const good = ['a', 'b', 'c', 'd'].map((id, index) => peer(id, { isGood: true, connectedAtMs: index }))
    expect(peersToPrune(good.slice(1), tides, late)).toEqual([])
    expect(peersToPrune([...good, peer('silent')], tides, late)).toEqual(['silent', 'd', 'c'])
  })

  it('spares who is protected or new, and is content with too many of them', () => {
    const peers = [
      peer('protected', { isProtected: true, score: -50 }),
      peer('new', { connectedAtMs: late - 29_999, score: -50 }),
      peer('just old enough', { connectedAtMs: late - 30_000, score: 9 }),
      peer('protected too', { isProtected: true }),
    ]
    expect(peersToPrune(peers, tides, late)).toEqual(['just old enough'])
  })

  it('never goes below low tide nor touches who is spared', () => {
    const anyPeer = fc.record({
      peerId: fc.uuid(),
      score: fc.integer({ min: -200, max: 50 }),
      connectedAtMs: fc.integer({ min: 0, max: 100_000 }),
      isStatic: fc.boolean(),
      isProtected: fc.boolean(),
      isGood: fc.boolean(),
    })
    const peers = fc.uniqueArray(anyPeer, { selector: ({ peerId }) => peerId, maxLength: 20 })
    fc.assert(
      fc.property(peers, fc.nat(10), fc.nat(10), fc.nat(100_000), (all, lo, more, nowMs) => {
        const pruned = peersToPrune(all, { lo, hi: lo + more, graceMs: 30_000 }, nowMs)
        expect(all.length - pruned.length).toBeGreaterThanOrEqual(Math.min(lo, all.length))
        for (const { peerId, isProtected, connectedAtMs } of all)
          if (pruned.includes(peerId)) expect(isProtected || nowMs - connectedAtMs < 30_000).toBe(false)
      }),
    )
  })
})

describe('the peer keeper', () => {
  it('bans and prunes once a second, until it is stopped', async () => {
    const clock = createFakeClock(late)
    const stop = new AbortController()
    const happened: string[] = []
    let peers = [peer('bad', { score: -101 }), peer('a'), peer('b'), peer('c'), peer('d', { score: -1 })]
    const keeping = keepPeers(
      {
        config: { peers: { ...tides, lo: 3 }, ban: { threshold: -100, durationMs: 60_000 } },
        connected: () => peers,
        ban: (peerId, untilMs) => happened.push(`ban ${peerId} until ${untilMs}`),
        rest: (peerId, untilMs) => happened.push(`rest ${peerId} until ${untilMs}`),
        hangUp: async (peerId) => {
          happened.push(`hang up ${peerId}`)
          peers = peers.filter((one) => one.peerId !== peerId)
          if (peerId === 'bad') throw new Error('the line was dead')
        },
        clock,
        logger: createSilentLogger(),
      },
      stop.signal,
    )
    await clock.advance(999)
    expect(happened).toEqual([])
    await clock.advance(1)
    const untilMs = late + 1_000 + 60_000
    expect(happened).toEqual([
      ...[`ban bad until ${untilMs}`, 'hang up bad'],
      ...[`rest d until ${untilMs}`, 'hang up d'],
    ])
    await clock.advance(10_000)
    expect(happened).toHaveLength(4)
    stop.abort()
    await keeping
    expect(clock.sleeping).toBe(0)
  })

  it('bans nobody when bans are off', async () => {
    const clock = createFakeClock(late)
    const stop = new AbortController()
    const keeping = keepPeers(
      {
        config: { peers: tides, ban: null },
        connected: () => [peer('bad', { score: -1_000 })],
        ban: () => expect.unreachable(),
        rest: () => expect.unreachable(),
        hangUp: () => expect.unreachable(),
        clock,
        logger: createSilentLogger(),
      },
      stop.signal,
    )
    await clock.advance(5_000)
    stop.abort()
    await keeping
  })
})
