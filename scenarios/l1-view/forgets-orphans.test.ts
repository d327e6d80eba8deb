import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'Every node recovers from an L1 reorg although its L1 no longer has the replaced blocks, not even by hash.',
  tags: ['l1-view', 'l1-reorg', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
  expects: ['reset by L1 reorg'],
}

/** An L1 node that was restarted, or one behind a load balancer that never saw the old fork. */
scenario('L1View_ForgetsOrphans', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, l1, point, step } = devstack
  const starts = nodes.map((node) => node.starts)
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
  const safe = await reference.head('localSafe')
  await Promise.all(nodes.map((node) => node.holds(safe)))

  await step('L1 is reorged, and forgets what it was', async () => {
    const forgets = await point('*→l1').install(faults.forgetsOrphans())
    await l1.reorg(safe.l1Origin)
    await forgets.hit()
  })
  await step('all have another block at that height, and go on', async () => {
    await Promise.all(nodes.map((node) => node.reorged(safe)))
    await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number + 2n)))
    await Promise.all([sequencer, follower].map((node) => node.inSync(reference, 'localSafe')))
    await Promise.all(nodes.map((node) => node.originsCanonical()))
  })
  expect(nodes.map((node) => node.starts)).toEqual(starts)
})
