import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Deed } from '../cases/case.ts'
import { hostileFaults } from '../faults/hostile-faults.ts'
import { faultFromJson } from '../faults/vocabulary.ts'
import { createRandomStreams } from '../world/random-streams.ts'
import type { DeedKind, Setting } from './deed-kinds.ts'
import { createDraw } from './draw.ts'
import { drawCase } from './draw-case.ts'
import { drawTheme, placed } from './draw-deeds.ts'
import { mutateCase } from './mutate-case.ts'

const topology = {
  cls: {
    sequencer: { el: 'sequencer-el', sequencer: { l1Confirmations: 1 } },
    follower: { el: 'follower-el', follows: 'sequencer' },
  },
  els: { 'sequencer-el': {}, 'follower-el': {} },
  batcher: null,
  gossip: [],
  elPeers: [],
}

it('kills no node in the minute before its source is of another chain, or during it: it would end, as it must', () => {
  const kinds: [DeedKind, ...DeedKind[]] = ['source is another chain', 'node dies']
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const draw = createDraw(createRandomStreams(seed)('deeds'))
      const plan = Array.from({ length: 12 }, () => ({
        atMs: draw.int(0, 300_000),
        kind: draw.pick(kinds),
      }))
      const setting = { draw, topology, l2BlockTime: 2, reorgDepthMax: 3, forks: {} }
      const deeds = placed(setting, plan).flatMap((deed) => (deed.kind === 'fault' ? [deed] : []))
      const foreign = deeds.filter(({ fault }) => fault.fault === 'anotherChain')
      const deaths = deeds.filter(({ point }) => point === 'follower')
      for (const one of foreign)
        for (const { atMs, forMs = 0 } of deaths)
          expect(atMs >= one.atMs + (one.forMs ?? 0) || atMs + forMs <= one.atMs - 60_000).toBe(true)
    }),
  )
})

// Campaign, seed hold-for-a-target-taken-back~792008~792175: the source was of another chain before it was asked for its own.
it('changes no case so that a source is of another chain before it was asked for its own', () => {
  const foreign = (deeds: readonly Deed[]) =>
    deeds.flatMap((deed) => (deed.kind === 'fault' && deed.fault.fault === 'anotherChain' ? [deed.atMs] : []))
  const parent = drawCase('hold-for-a-target-taken-back')
  expect(foreign(parent.deeds).length).toBeGreaterThan(1)
  for (let seed = 1; seed <= 200; seed++)
    for (const atMs of foreign(mutateCase(parent, `${parent.name}~${seed}`).deeds))
      expect(atMs).toBeGreaterThanOrEqual(2_000)
})

describe('what a hostile peer sends', () => {
  const plan = Array.from({ length: 200 }, (_, index) => ({
    atMs: index * 100,
    kind: 'gossip is hostile' as const,
  }))
  const settingWith = (hostile: Pick<Setting['topology'], 'hostile'>, seed = 'x'): Setting => ({
    draw: createDraw(createRandomStreams(seed)('deeds')),
    ...{ topology: { ...topology, ...hostile }, l2BlockTime: 2, reorgDepthMax: 3, forks: {} },
  })
  const withPeer = { hostile: { stranger: { gossip: ['follower'] } } }

  it('is all of the vocabulary, and stands beside what it sends already', () => {
    const deeds = placed(settingWith(withPeer), plan)
    expect(deeds).toHaveLength(plan.length)
    const sent = deeds.flatMap((deed) => (deed.kind === 'fault' ? [deed] : []))
    expect(new Set(sent.map(({ point }) => point))).toEqual(new Set(['stranger']))
    expect([...new Set(sent.map(({ fault }) => fault.fault))].sort()).toEqual(
      Object.keys(hostileFaults).sort(),
    )
    for (const { fault } of sent) expect(() => faultFromJson(fault)).not.toThrow()
    expect(sent.some(({ fault }) => 'when' in fault)).toBe(true)
  })

  it('is nothing where there is none', () => {
    expect(placed(settingWith({}), plan)).toEqual([])
  })

  it('is much of what is done where one is', () => {
    const themes = Array.from({ length: 200 }, (_, seed) =>
      drawTheme(settingWith(withPeer, `${seed}`), 30_000),
    )
    const isHostile = (deed: Deed) => deed.kind === 'fault' && deed.point === 'stranger'
    expect(themes.filter((deeds) => deeds.some(isHostile)).length).toBeGreaterThan(60)
  })

  it('is moved and done again as what stands on a link', () => {
    const parent = {
      ...drawCase('1'),
      topology: { ...topology, ...withPeer },
      deeds: placed(settingWith(withPeer), plan.slice(0, 1)),
    }
    const mutants = Array.from({ length: 100 }, (_, seed) => mutateCase(parent, `1~${seed}`).deeds)
    const [one] = parent.deeds
    const same = ({ atMs, ...rest }: Deed) => JSON.stringify(rest)
    expect(mutants.some((deeds) => deeds.filter((deed) => same(deed) === same(one!)).length === 2)).toBe(true)
    expect(
      mutants.some((deeds) => deeds.some((deed) => same(deed) === same(one!) && deed.atMs !== one!.atMs)),
    ).toBe(true)
  })
})
