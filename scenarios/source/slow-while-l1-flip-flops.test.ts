import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

const options = {
  claim:
    'When L1 leaves a fork and comes back to it while the source answers slowly, every node has the safe blocks of before again.',
  tags: ['source', 'follow', 'l1-reorg', 'faults'],
  topology,
  // However long a busy machine needs on the other fork, L1 finalizes nothing of it.
  parameters: { l1FinalizedDistance: 60 },
}

/** What a follower is told is of the fork before: its source answers later than L1 changes its mind. */
scenario('Source_SlowWhileL1FlipFlops', options, async ({ reference, follower, nodes, l1, point, step }) => {
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  const safe = await follower.reachedL1('localSafe', 1)
  const slow = await point('*→reference').install(faults.slow(1_200).to('optimism_syncStatus'))
  const { orphaned } = await step('L1 leaves the fork of the safe head', () => l1.reorg(safe.l1Origin))
  await Promise.all(nodes.map((node) => node.reorged(safe)))
  await step('L1 comes back to it', () => l1.reorg(safe.l1Origin, { to: orphaned }))
  await step('so do all nodes', () => Promise.all(nodes.map((node) => node.holds(safe))))
  await slow.hit(4)
  await Promise.all(nodes.map((node) => node.advanced('localSafe', 2)))
  await follower.inSync(reference, 'localSafe')
  await Promise.all(nodes.map((node) => node.originsCanonical()))
})
