import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario(
  'Source_OnAnotherL1Fork',
  {
    claim:
      'A follower drops the statuses of a source that is on another L1 fork, keeps its unsafe chain going, and follows again when the source is right.',
    tags: ['follow', 'source', 'faults'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, point, step }) => {
    await follower.reached('localSafe', 3)

    const fault = await step('the source claims another L1 fork', () =>
      follower.tells('dropped_not_canonical', () =>
        point('follower→reference').install(faults.lies.origin()),
      ),
    )
    await step('the follower drops its statuses, and keeps the unsafe chain going', async () => {
      // What was on its way when the fault came may still arrive.
      await fault.hit(2)
      await Promise.all([
        follower.notAdvanced('localSafe', { blocks: 5 }),
        follower.advanced('unsafe', 3),
        reference.advanced('localSafe', 3),
      ])
    })

    await step('it follows again when the source is right again', async () => {
      await fault.remove()
      await Promise.all([
        follower.inSync(reference, 'localSafe'),
        follower.inSync(sequencer, 'unsafe'),
        follower.currentL1Matches(reference),
      ])
    })
  },
)
