import { describe, expect, it } from 'vitest'
import { type IpRange, parseIpRange } from './ip-range.ts'
import { createPeerGate } from './peer-gate.ts'

const range = (text: string) => parseIpRange(text) as IpRange

function setUp() {
  const time = { nowMs: 1_000 }
  return { time, gate: createPeerGate(() => time.nowMs) }
}

describe('the peer gate', () => {
  it('lets everyone in who is not refused', () => {
    const { gate } = setUp()
    expect(gate.refusesPeer('a')).toBe(false)
    expect(gate.refusesIp('10.0.0.1')).toBe(false)
  })

  it('refuses blocked peers until they are unblocked', () => {
    const { gate } = setUp()
    gate.blockPeer('b')
    gate.blockPeer('a')
    gate.blockPeer('a')
    expect(gate.blockedPeers()).toEqual(['a', 'b'])
    expect([gate.refusesPeer('a'), gate.refusesPeer('c')]).toEqual([true, false])
    gate.unblockPeer('a')
    expect(gate.refusesPeer('a')).toBe(false)
    expect(gate.blockedPeers()).toEqual(['b'])
  })

  it('refuses blocked addresses and networks, each until it is unblocked', () => {
    const { gate } = setUp()
    gate.blockIp('10.1.1.1')
    gate.blockRange(range('10.1.0.0/16'))
    gate.blockRange(range('2001:db8::/32'))
    expect(['10.1.1.1', '10.1.2.2', '10.2.0.0', '2001:db8::1'].map(gate.refusesIp)).toEqual([
      ...[true, true, false, true],
    ])
    gate.unblockRange(range('10.1.0.0/16'))
    expect(['10.1.1.1', '10.1.2.2'].map(gate.refusesIp)).toEqual([true, false])
    gate.unblockIp('10.1.1.1')
    expect(gate.refusesIp('10.1.1.1')).toBe(false)
    expect(gate.blockedRanges().map(({ text }) => text)).toEqual(['2001:db8::/32'])
  })

  it('refuses banned peers until the ban ends or is lifted; a ban is no block', () => {
    const { gate, time } = setUp()
    gate.ban('a', 2_000)
    gate.ban('b', 3_000)
    expect(gate.blockedPeers()).toEqual([])
    expect(gate.bannedPeers()).toEqual(['a', 'b'])
    time.nowMs = 1_999
    expect(gate.refusesPeer('a')).toBe(true)
    time.nowMs = 2_000
    expect([gate.refusesPeer('a'), gate.refusesPeer('b')]).toEqual([false, true])
    expect(gate.bannedPeers()).toEqual(['b'])
    gate.unblockPeer('b')
    expect(gate.refusesPeer('b')).toBe(false)
  })

  it('refuses peers that rest until the rest ends or the operator wants them, without a ban', () => {
    const { gate, time } = setUp()
    gate.rest('a', 2_000)
    gate.rest('b', 2_000)
    expect([gate.refusesPeer('a'), gate.refusesPeer('b'), gate.refusesPeer('c')]).toEqual([true, true, false])
    expect([gate.bannedPeers(), gate.blockedPeers()]).toEqual([[], []])
    gate.endRest('a')
    expect([gate.refusesPeer('a'), gate.refusesPeer('b')]).toEqual([false, true])
    time.nowMs = 2_000
    expect(gate.refusesPeer('b')).toBe(false)
    for (let index = 0; index <= 1_000; index++) gate.rest(`p${index}`, 3_000)
    expect([gate.refusesPeer('p0'), gate.refusesPeer('p1')]).toEqual([false, true])
  })

  it('holds ten thousand blocks of a kind, and forgets the oldest of as many bans', () => {
    const { gate } = setUp()
    for (let index = 0; index < 10_000; index++) {
      gate.blockPeer(`p${index}`)
      gate.ban(`q${index}`, 2_000)
    }
    gate.blockPeer('p0')
    expect(() => gate.blockPeer('one more')).toThrow(
      'expected at most 10000 blocked peers; unblock some first',
    )
    gate.ban('one more', 2_000)
    expect([gate.refusesPeer('q0'), gate.refusesPeer('q1'), gate.refusesPeer('one more')]).toEqual([
      ...[false, true, true],
    ])
  })
})
