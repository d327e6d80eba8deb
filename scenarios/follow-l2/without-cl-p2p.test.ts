import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario(
  'FollowL2_WithoutCLP2P',
  {
    claim:
      'Without gossip a follower takes its unsafe chain from the safe chain of its source, and catches up when gossip is back.',
    tags: ['follow', 'gossip', 'upstream'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, step }) => {
    await reference.advanced('unsafe', 3)

    await step('cut gossip to the follower', () => follower.network.isolate())
    await follower.advanced('localSafe', 3)
    await follower.holds(await reference.head('localSafe'))

    await step('its safe chain reaches its frozen unsafe head', () =>
      follower.converged('localSafe', 'unsafe'),
    )

    await step('the source is now its only input', () =>
      follower.tells('follow case 1', () =>
        follower.keepsEqual('unsafe', 'localSafe', async () => {
          await follower.advanced('localSafe', 3)
          await follower.advanced('localSafe', 3)
        }),
      ),
    )

    await step('connect gossip again', () => follower.network.rejoin())
    await Promise.all([
      follower.inSync(sequencer, 'localSafe'),
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
      follower.inSync(reference, 'unsafe', { by: 'gossip' }),
    ])
  },
)
