import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower takes no block back when its source tells of its past, as one that was restarted and derives again does.',
  tags: ['source', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

/** Every second status is an old one: well formed, canonical, and behind (follow mode, step 6). */
scenario('Source_Replays', options, async ({ sequencer, reference, follower, nodes, point, step }) => {
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
  const safe = await follower.head('localSafe')
  await step('the source replays, and the follower says that it does', () =>
    follower.tells('dropped_replay', async () => {
      const fault = await point('follower→reference').install(faults.replays())
      // Old statuses are old enough when the source is a batch further than the first one was.
      await reference.advanced('localSafe', 4)
      await fault.hit(4)
    }),
  )
  await step('it goes on by the new statuses, and never back', async () => {
    await follower.advanced('localSafe', 4)
    await follower.holds(safe)
  })
  await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
})
