import { forksActiveFrom } from '../node/config/forks.ts'
import { defineTopology, derive, follow, mesh, type Topology } from './world/topology.ts'

/**
 * One chain with a sequencer and two verifiers. `reference` derives from L1; `sequencer` and `follower` follow it.
 * Everything is meshed; L1 finality is 4 + 4 blocks behind.
 */
export const twoVerifiersFollowing = defineTopology({
  name: 'twoVerifiersFollowing',
  parameters: {
    l1ChainId: 900,
    l2ChainId: 901,
    l1BlockTime: 2,
    l2BlockTime: 1,
    l1SafeDistance: 4,
    l1FinalizedDistance: 4,
    seqWindowSize: 200,
    maxSequencerDrift: 600,
    channelTimeout: 50,
    gasLimit: 30_000_000,
    forks: forksActiveFrom('karst'),
  },
  els: {
    'sequencer-el': { kind: 'embedded-el' },
    'reference-el': { kind: 'embedded-el' },
    'follower-el': { kind: 'embedded-el' },
  },
  cls: {
    sequencer: {
      kind: 'lockstep-node',
      el: 'sequencer-el',
      mode: follow('reference'),
      sequencer: { l1Confirmations: 2 },
    },
    reference: { kind: 'lockstep-node', el: 'reference-el', mode: derive },
    follower: { kind: 'lockstep-node', el: 'follower-el', mode: follow('reference') },
  },
  batcher: { sequencer: 'sequencer' },
  gossip: mesh(['sequencer', 'reference', 'follower']),
  elPeers: mesh(['sequencer-el', 'reference-el', 'follower-el']),
})

/** Two nodes that can sequence, each deriving for itself; only one may build at a time. The batcher reads from the first. */
export const twoSequencers = defineTopology({
  name: 'twoSequencers',
  parameters: twoVerifiersFollowing.parameters,
  els: { 'first-el': { kind: 'embedded-el' }, 'second-el': { kind: 'embedded-el' } },
  cls: {
    first: { kind: 'lockstep-node', el: 'first-el', mode: derive, sequencer: { l1Confirmations: 2 } },
    second: { kind: 'lockstep-node', el: 'second-el', mode: derive, sequencer: { l1Confirmations: 2 } },
  },
  batcher: { sequencer: 'first' },
  gossip: mesh(['first', 'second']),
  elPeers: mesh(['first-el', 'second-el']),
})

/**
 * A sequencer, and two verifiers that derive for themselves but sync differently: `elSyncing` by the peers of its engine,
 * `clSyncing` by gossip and L1 alone, because its engine has no peer.
 */
export const twoWaysToSync = defineTopology({
  name: 'twoWaysToSync',
  parameters: twoVerifiersFollowing.parameters,
  els: {
    'sequencer-el': { kind: 'embedded-el' },
    'el-syncing-el': { kind: 'embedded-el' },
    'cl-syncing-el': { kind: 'embedded-el' },
  },
  cls: {
    sequencer: { kind: 'lockstep-node', el: 'sequencer-el', mode: derive, sequencer: { l1Confirmations: 2 } },
    elSyncing: { kind: 'lockstep-node', el: 'el-syncing-el', mode: derive, elSync: { offsetSeconds: 4 } },
    clSyncing: { kind: 'lockstep-node', el: 'cl-syncing-el', mode: derive },
  },
  batcher: { sequencer: 'sequencer' },
  gossip: mesh(['sequencer', 'elSyncing', 'clSyncing']),
  elPeers: [['sequencer-el', 'el-syncing-el']],
})

/**
 * `twoVerifiersFollowing` with `fresh`, a verifier that nobody is connected to: all it knows is what it derives from L1.
 * Scenarios start without it, and compare the others with it in the end.
 */
export const withFreshVerifier = defineTopology<
  keyof typeof twoVerifiersFollowing.cls | 'fresh',
  keyof typeof twoVerifiersFollowing.els | 'fresh-el'
>({
  ...twoVerifiersFollowing,
  name: 'withFreshVerifier',
  els: { ...twoVerifiersFollowing.els, 'fresh-el': { kind: 'embedded-el' } },
  cls: {
    ...twoVerifiersFollowing.cls,
    fresh: { kind: 'lockstep-node', el: 'fresh-el', mode: derive },
  },
})

/** By name, for `lockstep up --topology`. */
export const topologies: Readonly<Record<string, Topology>> = {
  twoVerifiersFollowing,
  withFreshVerifier,
  twoSequencers,
  twoWaysToSync,
}
