import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose own L1 is behind that of its source keeps what it has, and follows again when its L1 has caught up.',
  tags: ['follow', 'l1-view', 'faults'],
  topology: twoVerifiersFollowing,
}

/**
 * The follower's own L1 is six blocks behind that of its source: what it is told names L1 blocks that it cannot see yet.
 * "Not there yet" is no orphan: it waits for its L1, and rolls nothing back.
 */
scenario('L1View_FollowerBehind', options, async (devstack) => {
  const { sequencer, reference, follower, point, step } = devstack
  await Promise.all([reference.reached('localSafe', 12), follower.reached('localSafe', 12)])
  const held = await follower.head('localSafe')
  const behind = await point('follower→l1').install(faults.lag(6))

  await step('it keeps what it has, and goes on by gossip', async () => {
    await behind.hit(3)
    await follower.tells('ahead_of_own_l1', () =>
      Promise.all([reference.advanced('localSafe', 6), follower.advanced('unsafe', 6)]),
    )
    await follower.holds(held)
  })
  await step('it follows again when its L1 has caught up', async () => {
    await behind.remove()
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe'),
      follower.currentL1Matches(reference),
    ])
  })
})
