import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario(
  'Restart_Follower',
  {
    claim:
      'A follower that was away, and one whose engine comes back empty, catch up without losing a block.',
    tags: ['follow', 'restart', 'el-sync'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, step }) => {
    await follower.reached('localSafe', 3)
    const before = await follower.head('localSafe')

    await step('the follower is away while the chain goes on', async () => {
      await follower.stop()
      await reference.advanced('localSafe', 3)
    })
    await step('it comes back and catches up', async () => {
      await follower.start()
      await follower.holds(before)
      await Promise.all([follower.inSync(reference, 'localSafe'), follower.inSync(sequencer, 'unsafe')])
    })

    await step('its engine comes back empty and syncs', async () => {
      const { starts } = follower
      await follower.el.restart()
      await Promise.all([follower.inSync(reference, 'localSafe'), follower.inSync(sequencer, 'unsafe')])
      await follower.holds(before)
      expect(follower.starts).toBe(starts)
    })
  },
)
