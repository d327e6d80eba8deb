import { defineTopology, expect, follow, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** `last` follows the follower, and hears no gossip: all it knows came through two nodes. */
const topology = defineTopology<
  keyof typeof twoVerifiersFollowing.cls | 'last',
  keyof typeof twoVerifiersFollowing.els | 'last-el'
>({
  ...twoVerifiersFollowing,
  name: 'chainOfFollowers',
  els: { ...twoVerifiersFollowing.els, 'last-el': { kind: 'embedded-el' } },
  cls: {
    ...twoVerifiersFollowing.cls,
    last: { kind: 'lockstep-node', el: 'last-el', mode: follow('follower') },
  },
  elPeers: [...twoVerifiersFollowing.elPeers, ['follower-el', 'last-el']],
})

const options = {
  claim:
    'A follower of a follower has every label and the current L1 of the node that derives, and follows it through an L1 reorg.',
  tags: ['source', 'follow', 'l1-reorg'],
  topology,
}

scenario('Source_IsAFollowerItself', options, async ({ reference, follower, last, nodes, l1, step }) => {
  const starts = nodes.map((node) => node.starts)
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  await step('what the first derives arrives at the last', () =>
    Promise.all([last.inSync(reference, 'localSafe'), last.currentL1Matches(reference)]),
  )
  await step('L1 replaces a block that all have derived from, and all replace theirs', async () => {
    const safe = await last.reachedL1('localSafe', 1)
    await Promise.all([reference, follower].map((node) => node.holds(safe)))
    await l1.reorg(safe.l1Origin)
    await Promise.all(nodes.map((node) => node.reorged(safe)))
    await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number + 2n)))
    await Promise.all([last, follower].map((node) => node.inSync(reference, 'localSafe')))
    await last.originsCanonical()
  })
  expect(nodes.map((node) => node.starts)).toEqual(starts)
})
