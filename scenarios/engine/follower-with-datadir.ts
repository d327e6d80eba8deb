import { defineTopology } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** The engine of the follower keeps its chain over a restart. */
export const followerWithDatadir = defineTopology({
  ...twoVerifiersFollowing,
  name: 'followerWithDatadir',
  els: { ...twoVerifiersFollowing.els, 'follower-el': { kind: 'embedded-el', datadir: true } },
})
