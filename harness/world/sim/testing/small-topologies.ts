import { twoVerifiersFollowing } from '../../../topologies.ts'
import { defineTopology, derive, follow } from '../../topology.ts'

const { parameters } = twoVerifiersFollowing
const engine = { kind: 'embedded-el' } as const
const node = { kind: 'lockstep-node' } as const
const building = { sequencer: { l1Confirmations: 0 } } as const

/** A node that derives, and a sequencer that follows it. */
export const pair = defineTopology({
  ...{ name: 'pair', parameters },
  els: { 'reference-el': engine, 'sequencer-el': engine },
  cls: {
    reference: { ...node, el: 'reference-el', mode: derive },
    sequencer: { ...node, ...building, el: 'sequencer-el', mode: follow('reference') },
  },
  batcher: { sequencer: 'sequencer' },
  gossip: [['reference', 'sequencer']],
  elPeers: [['reference-el', 'sequencer-el']],
})

/** A sequencer that derives, and a node that follows it. */
export const followed = defineTopology({
  ...{ name: 'followed', parameters },
  els: { 'source-el': engine, 'follower-el': engine },
  cls: {
    source: { ...node, el: 'source-el', mode: derive, sequencer: { l1Confirmations: 2 } },
    follower: { ...node, el: 'follower-el', mode: follow('source') },
  },
  batcher: { sequencer: 'source' },
  gossip: [['source', 'follower']],
  elPeers: [['source-el', 'follower-el']],
})

/** A sequencer that derives, and `fresh`, a verifier that nobody is connected to: all it knows is what it derives from L1. */
export const withFresh = defineTopology<'sequencer' | 'fresh', 'sequencer-el' | 'fresh-el'>({
  ...{ name: 'withFresh', parameters },
  els: { 'sequencer-el': engine, 'fresh-el': engine },
  cls: {
    sequencer: { ...node, ...building, el: 'sequencer-el', mode: derive },
    fresh: { ...node, el: 'fresh-el', mode: derive },
  },
  batcher: { sequencer: 'sequencer' },
  gossip: [],
  elPeers: [],
})
