import { expect, scenario } from 'lockstep'
import { followerWithDatadir } from './follower-with-datadir.ts'

const options = {
  claim:
    'A follower whose engine is away goes on answering with the heads that it has, and catches up when the engine is back with its old chain.',
  tags: ['engine', 'restart', 'follow', 'upstream'],
  topology: followerWithDatadir,
  expects: ['the engine came back behind'],
}

/** TestELRestartRecovery: an engine that comes back behind its node answers SYNCING to what the node tells it. */
scenario('Engine_RestartedUnderItsNode', options, async (devstack) => {
  const { sequencer, reference, follower, step, reached } = devstack
  const { starts } = follower
  await follower.reached('localSafe', 3)

  const missed = await step('its engine is away for ten blocks', async () => {
    await follower.el.stop()
    const before = await follower.head('unsafe')
    await sequencer.advanced('unsafe', 10)
    const now = await follower.head('unsafe')
    expect(now).toMatchObject({ number: before.number, hash: before.hash })
    const head = await sequencer.head('unsafe')
    if (head.number >= before.number + 10n) reached('the engine came back behind')
    return head
  })
  await step('it is back: the follower catches up', async () => {
    await follower.el.start()
    await follower.reached('unsafe', missed.number)
    await follower.holds(missed)
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
      follower.currentL1Matches(reference),
    ])
  })
  expect(follower.starts).toBe(starts)
})
