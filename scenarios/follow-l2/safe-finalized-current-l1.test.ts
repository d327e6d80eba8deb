import { scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

scenario(
  'FollowL2_Safe_Finalized_CurrentL1',
  {
    claim:
      'A following node reaches the unsafe, local-safe and finalized heads of its source, and its currentL1.',
    tags: ['follow', 'upstream'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, step }) => {
    for (const level of ['unsafe', 'localSafe', 'finalized'] as const) {
      await step(`${level} advances everywhere and agrees`, async () => {
        await Promise.all([sequencer, reference, follower].map((node) => node.reached(level, 3)))
        await Promise.all([reference.inSync(sequencer, level), reference.inSync(follower, level)])
      })
    }

    await step('currentL1 is the same everywhere', () =>
      Promise.all([sequencer.currentL1Matches(reference), follower.currentL1Matches(reference)]),
    )
  },
)
