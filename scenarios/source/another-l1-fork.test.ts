import { replaceResult, rule, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** `optimism_syncStatus` with local-safe derived from an L1 block that is on no chain. */
const onAnotherFork = replaceResult('optimism_syncStatus', (result) => {
  const status = result as { local_safe_l2: { l1origin: { number: number } } }
  const l1origin = { ...status.local_safe_l2.l1origin, hash: `0x${'bad1'.repeat(16)}` }
  return { ...status, local_safe_l2: { ...status.local_safe_l2, l1origin } }
})

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
      point('follower→reference').install(rule('another L1 fork', onAnotherFork)),
    )
    await step('the follower drops its statuses, and keeps the unsafe chain going', async () => {
      // What was on its way when the fault came may still arrive.
      await follower.advanced('unsafe', 2)
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
