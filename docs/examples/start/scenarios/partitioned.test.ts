import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario(
  'Follower_Partitioned',
  {
    claim: 'A follower that is cut off from gossip goes on with the safe chain of its source.',
    tags: ['follow', 'gossip'],
    topology: twoVerifiersFollowing,
  },
  async ({ reference, follower, step }) => {
    await reference.advanced('localSafe', 2)

    await step('cut gossip to the follower', () => follower.network.isolate())
    await follower.advanced('localSafe', 2)
    await follower.inSync(reference, 'localSafe')
  },
)
