import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { createFaultPoints } from '../../faults/point-group.ts'
import { testFaultContext } from '../../faults/testing/fault-context.ts'
import { faults } from '../../faults/vocabulary.ts'
import { createMemoryPeerLinks, type MemoryPeerLinks } from './memory-peer-links.ts'

let clock: FakeClock
let links: MemoryPeerLinks
/** Pairs that are connected. */
let connected: Set<string>
const install = (point: string, fault: Parameters<(typeof links.points)[number]['install']>[0]) =>
  createFaultPoints(links.points, new Map([['gossip', links.points]]))
    .get(point)
    .install(fault)

beforeEach(() => {
  clock = createFakeClock(0)
  connected = new Set(['a b', 'b c'])
  links = createMemoryPeerLinks({
    ...testFaultContext(clock),
    carrier: 'gossip',
    pairs: [
      ['a', 'b'],
      ['b', 'c'],
    ],
    sever: (a, b) => connected.delete(`${a} ${b}`) || connected.delete(`${b} ${a}`),
  })
})

describe('the connection of two peers in memory', () => {
  it('is as it is while nothing stands on it', () => {
    expect(links.points.map(({ name }) => name)).toEqual(['a↔b', 'b↔c'])
    expect([links.lateMs('a', 'b'), links.admits('c', 'b'), links.lateMs('a', 'c')]).toEqual([0, true, 0])
  })

  it('is cut at once, and none is made while that stands', async () => {
    const cut = await install('b↔a', faults.isolate())
    expect([...connected]).toEqual(['b c'])
    expect(cut.hits).toBe(1)
    expect([links.admits('a', 'b'), links.admits('b', 'a'), links.admits('b', 'c')]).toEqual([
      false,
      false,
      true,
    ])
    expect(cut.hits).toBe(3)
    await cut.remove()
    expect(links.admits('a', 'b')).toBe(true)
  })

  it('is cut by the message that a condition chooses', async () => {
    await install('a↔b', faults.isolate().from('b').after(1))
    expect([links.lateMs('a', 'b'), links.lateMs('b', 'a'), connected.size]).toEqual([0, 0, 2])
    expect([links.lateMs('b', 'a'), [...connected]]).toEqual([null, ['b c']])
  })

  it('is cut between groups alone, and healed for all', async () => {
    const parted = await install('gossip', faults.partition([['a', 'b'], ['c']]))
    expect([...connected]).toEqual(['a b'])
    expect([links.admits('a', 'b'), links.admits('b', 'c')]).toEqual([true, false])
    await install('gossip', faults.heal())
    expect(links.admits('b', 'c')).toBe(true)
    expect(parted.hits).toBe(2)
    expect(links.points.flatMap((point) => point.faults)).toEqual([])
  })

  it('is slow for one of them, and keeps the order', async () => {
    const slow = await install('a↔b', faults.slow(300).from('a').times(1))
    expect([links.lateMs('a', 'b'), links.lateMs('b', 'a')]).toEqual([300, 0])
    await clock.advance(100)
    // The fault is spent, but what was sent before arrives before.
    expect(links.lateMs('a', 'b')).toBe(200)
    await clock.advance(250)
    expect(links.lateMs('a', 'b')).toBe(0)
    expect(slow.hits).toBe(1)
  })

  it('shows a loss as a retransmission', async () => {
    await install('a↔b', faults.drop(0.999))
    expect(links.lateMs('a', 'b')).toBeGreaterThanOrEqual(200)
  })
})
