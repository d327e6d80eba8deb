import { describe, expect, it } from 'vitest'
import { formatCase, parseCase } from '../cases/case.ts'
import { inboxWrongs } from '../cases/inbox-wrongs.ts'
import { drawCase } from './draw-case.ts'

const drawn = Array.from({ length: 1_500 }, (_, index) => drawCase(String(index + 1)))
const all = <T>(values: readonly T[]) => [...new Set(values)].sort()

describe('what seeds draw', () => {
  it('is a case that its file gives back', () => {
    for (const one of drawn) expect(parseCase(formatCase(one), one.name)).toEqual(one)
  })

  it('has everything that is done to a world', () => {
    const deeds = drawn.flatMap((one) => one.deeds)
    expect(all(deeds.map(({ kind }) => kind))).toEqual([
      ...['batcher-stop', 'fault', 'inbox', 'l1-deposit', 'l1-reorg', 'l1-stop', 'reset', 'sequencer-stop'],
      'signer-rotation',
    ])
    expect(all(deeds.flatMap((deed) => (deed.kind === 'inbox' ? [deed.wrong] : [])))).toEqual(
      [...inboxWrongs].sort(),
    )
  })

  it('has a hostile peer in a third of the worlds, of all nodes or of some', () => {
    const hostile = drawn.flatMap(({ topology }) => (topology.hostile === undefined ? [] : [topology]))
    expect(hostile.length / drawn.length).toBeGreaterThan(0.3)
    expect(hostile.length / drawn.length).toBeLessThan(0.37)
    const shares = hostile.map(
      ({ cls, hostile }) => hostile!['hostile']!.gossip.length / Object.keys(cls).length,
    )
    expect(shares.filter((share) => share === 1).length).toBeGreaterThan(hostile.length / 3)
    expect(shares.filter((share) => share < 1).length).toBeGreaterThan(hostile.length / 4)
    expect(shares.every((share) => share > 0)).toBe(true)
  })

  it('has batches in blobs in a tenth of the chains that have blobs, and then looks for them in vain', () => {
    const inBlobs = drawn.filter(({ topology }) => topology.batcher?.dataAvailability === 'blobs')
    expect(inBlobs.length / drawn.length).toBeGreaterThan(0.05)
    expect(inBlobs.length / drawn.length).toBeLessThan(0.12)
    expect(inBlobs.map(({ parameters }) => parameters.fork)).not.toContain('delta')
    const onBeacon = (cases: typeof drawn) =>
      cases.flatMap(({ deeds, topology }) =>
        deeds.flatMap((deed) =>
          deed.kind === 'fault' && deed.point.endsWith('→beacon') ? [{ deed, topology }] : [],
        ),
      )
    const deeds = onBeacon(inBlobs)
    expect(onBeacon(drawn)).toHaveLength(deeds.length)
    expect(deeds.filter(({ deed }) => deed.fault.fault === 'withholds').length).toBeGreaterThan(20)
    expect(deeds.filter(({ deed }) => deed.fault.fault !== 'withholds').length).toBeGreaterThan(20)
    // Who follows reads no blobs.
    for (const { deed, topology } of deeds)
      expect(topology.cls[deed.point.split('→')[0]!]?.follows).toBeUndefined()
  })

  it('is chains of every age, some with users, some that cross a fork with its first block on a slot', () => {
    const parameters = drawn.map((one) => one.parameters)
    expect(all(parameters.flatMap(({ fork }) => fork ?? []))).toHaveLength(8)
    expect(all(drawn.map(({ transfersPerSecond }) => transfersPerSecond))).toEqual([0.3, 1, 2, undefined])
    const crossing = parameters.filter(({ crossesKarst }) => crossesKarst !== undefined)
    expect(crossing.length).toBeGreaterThan(20)
    for (const { crossesKarst, l2BlockTime } of crossing)
      expect(crossesKarst!.atSeconds % l2BlockTime!).toBe(0)
  })
})
