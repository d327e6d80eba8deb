import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** Blocks come over a third node while two nodes are cut off from each other, and directly again after that. */
scenario(
  'Gossip_OverAPeer',
  {
    claim:
      'While two nodes are cut off from each other, blocks come over a third one; connected again, they come directly.',
    tags: ['gossip'],
    topology: twoVerifiersFollowing,
    needs: { follower: ['gossip-control'] },
  },
  async ({ sequencer, follower, network, step }) => {
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await step('cut off from the sequencer, the follower hears over the reference', async () => {
      await network.cut('sequencer', 'follower')
      await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    })
    await step('connected again, and cut off from the reference, it hears from the sequencer', async () => {
      await network.heal('sequencer', 'follower')
      await network.cut('reference', 'follower')
      await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    })
  },
)
