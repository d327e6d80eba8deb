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

it('kills no node while its source is of another chain: it would end at its start, as it must', () => {
  const kinds: [DeedKind, ...DeedKind[]] = ['source is another chain', 'node dies']
  fc.assert(
    fc.property(fc.string(), (seed) => {
      const draw = createDraw(createRandomStreams(seed)('deeds'))
      const plan = Array.from({ length: 12 }, () => ({
        atMs: draw.int(0, 60_000),
        kind: draw.pick(kinds),
      }))
      const setting = { draw, topology, l2BlockTime: 2, reorgDepthMax: 3 }
      const spans = placed(setting, plan).flatMap((deed) =>
        deed.kind === 'fault' && deed.point.startsWith('follower')
          ? [{ from: deed.atMs, until: deed.atMs + (deed.forMs ?? 0) }]
          : [],
      )
      for (const [index, one] of spans.entries())
        for (const other of spans.slice(index + 1))
          expect(one.from >= other.until || other.from >= one.until, JSON.stringify([one, other])).toBe(true)
    }),
  )
})
