import { expect, scenario } from 'lockstep'
import { followerWithDatadir } from './follower-with-datadir.ts'

const options = {
  claim:
    'A follower whose engine is away goes on answering with the heads that it has, and brings the engine up to date by itself when it is back, with what it heard meanwhile.',
  tags: ['engine', 'restart', 'follow', 'upstream'],
  topology: followerWithDatadir,
  needs: { sequencer: ['admin'] },
  expects: ['blocks came while the engine was away'],
} as const

/** TestELRestartRecovery; and nothing that happens afterwards reminds the node of its engine: no block comes, safe or unsafe. */
scenario('Engine_RestartedUnderItsNode', options, async (devstack) => {
  const { sequencer, reference, follower, batcher, step, reached } = devstack
  const { starts } = follower
  await follower.reached('localSafe', 3)

  const missed = await step('its engine is away for ten blocks, the last ones for now', async () => {
    await batcher.stop()
    await follower.el.stop()
    const before = await follower.head('unsafe')
    await sequencer.advanced('unsafe', 10)
    await sequencer.stopSequencer()
    const now = await follower.head('unsafe')
    expect(now).toMatchObject({ number: before.number, hash: before.hash })
    const head = await sequencer.head('unsafe')
    if (head.number >= before.number + 10n) reached('blocks came while the engine was away')
    return head
  })
  await step('it is back: the follower catches up', async () => {
    await follower.el.start()
    await follower.reached('unsafe', missed.number)
    await follower.holds(missed)
  })
  await step('the chain goes on', async () => {
    await Promise.all([sequencer.startSequencer(), batcher.start()])
    await follower.reached('localSafe', missed.number)
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
      follower.currentL1Matches(reference),
    ])
  })
  expect(follower.starts).toBe(starts)
})
