import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose source becomes a node of another chain on the same L1 pauses and adopts none of its blocks, and follows again when the source is of its own chain.',
  tags: ['source', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

/** As when a name is pointed at the node of another rollup: everything about its status is well formed, but not ours. */
scenario('Source_OnAnotherChain', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  const safe = await follower.head('localSafe')
  // A source that goes away and comes back is asked who it is.
  const down = await point('follower→reference').install(faults.status(503))
  await down.hit(1)
  const other = await step('behind the name of the source is a node of another chain', () =>
    follower.tells('error_identity', async () => {
      const fault = await point('follower→reference').install(faults.anotherChain())
      await down.remove()
      await fault.hit(2)
      return fault
    }),
  )
  await step('the follower adopts nothing of it, and its unsafe chain goes on', async () => {
    await Promise.all([
      follower.notAdvanced('localSafe', { blocks: 4 }),
      follower.advanced('unsafe', 3),
      reference.advanced('localSafe', 3),
    ])
    await follower.holds(safe)
  })
  await step('it follows again when the source is of its chain', async () => {
    await other.remove()
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
  })
})
