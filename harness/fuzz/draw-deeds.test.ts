import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandomStreams } from '../world/random-streams.ts'
import type { DeedKind } from './deed-kinds.ts'
import { createDraw } from './draw.ts'
import { placed } from './draw-deeds.ts'

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
