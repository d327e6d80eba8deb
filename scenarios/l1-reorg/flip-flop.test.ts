import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** L1 leaves a fork and comes back to the very same blocks: what was derived from them is derived again. */
scenario(
  'L1Reorg_FlipFlop',
  {
    claim:
      'When L1 leaves a fork and comes back to the same blocks, every node has the safe blocks of before again.',
    tags: ['follow', 'l1-reorg'],
    topology: twoVerifiersFollowing,
    // However long a busy machine needs on the other fork, L1 finalizes nothing of it.
    parameters: { l1FinalizedDistance: 60 },
  },
  async ({ sequencer, reference, follower, nodes, l1, step }) => {
    await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
    const safe = await follower.reachedL1('localSafe', 1)

    const { orphaned } = await step('L1 leaves the fork that the safe head came from', () =>
      l1.reorg(safe.l1Origin),
    )
    await Promise.all(nodes.map((node) => node.reorged(safe)))

    await step('L1 comes back to it', () => l1.reorg(safe.l1Origin, { to: orphaned }))
    await step('every node has the safe block of before again', () =>
      Promise.all(nodes.map((node) => node.holds(safe))),
    )
    await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
    await Promise.all([follower.inSync(reference, 'localSafe'), sequencer.inSync(reference, 'localSafe')])
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await Promise.all(nodes.map((node) => node.originsCanonical()))
  },
)
