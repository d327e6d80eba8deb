import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose engine loses its chain while L1 reorgs comes up on the new fork, with no block of the old one.',
  tags: ['engine', 'l1-reorg', 'follow', 'el-sync'],
  topology: twoVerifiersFollowing,
}

/** Two things at once that each reset a node: what it stood on is an orphan, and its engine does not have it either. */
scenario('Engine_WipedDuringL1Reorg', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, l1, step } = devstack
  const starts = nodes.map((node) => node.starts)
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  const safe = await reference.reachedL1('localSafe', 1)
  await follower.holds(safe)

  await step('its engine is away while L1 is reorged, and comes back empty', async () => {
    await follower.el.stop()
    await l1.reorg(safe.l1Origin)
    await reference.reorged(safe)
    await follower.el.start()
  })
  await step('it comes up on the new fork', async () => {
    await Promise.all(nodes.map((node) => node.reorged(safe)))
    await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number + 2n)))
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
    await Promise.all(nodes.map((node) => node.originsCanonical()))
  })
  expect(nodes.map((node) => node.starts)).toEqual(starts)
})
