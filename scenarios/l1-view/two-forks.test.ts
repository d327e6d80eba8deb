import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose L1 shows the orphaned fork and the canonical one in turn keeps answering, and has the chain of the others as soon as its L1 is one.',
  tags: ['l1-view', 'l1-reorg', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

/** Two L1 nodes behind one address, of which one did not see the reorg. */
scenario('L1View_TwoForksInTurn', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, l1, point, step } = devstack
  const { starts } = follower
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  const safe = await reference.reachedL1('localSafe', 1)
  await follower.holds(safe)

  const turns = await step('L1 is reorged, and the L1 of the follower is two in turn', async () => {
    const { orphaned } = await l1.reorg(safe.l1Origin)
    const old = orphaned.at(-1)!.hash
    const turns = await point('follower→l1').install(faults.alternates(old, 'canonical'))
    await Promise.all([reference.reorged(safe), sequencer.reorged(safe), turns.hit(8)])
    return turns
  })
  await step('it answers all the time', async () => {
    await reference.advanced('localSafe', 3)
    await follower.status()
  })
  await step('its L1 is one again: it has the chain of the others', async () => {
    await turns.remove()
    await follower.reorged(safe)
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
    await Promise.all(nodes.map((node) => node.originsCanonical()))
  })
  expect(follower.starts).toBe(starts)
})
