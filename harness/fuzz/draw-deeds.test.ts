import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Deed } from '../cases/case.ts'
import { createRandomStreams } from '../world/random-streams.ts'
import type { DeedKind } from './deed-kinds.ts'
import { createDraw } from './draw.ts'
import { drawCase } from './draw-case.ts'
import { placed } from './draw-deeds.ts'
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
