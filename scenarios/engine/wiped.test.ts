import { expect, scenario } from 'lockstep'
import { followerWithDatadir } from './follower-with-datadir.ts'

const wiped = {
  claim:
    'An engine with a datadir has its chain after a restart, and after a wipe its node brings it up from nothing.',
  tags: ['engine', 'restart'],
  topology: followerWithDatadir,
}

/** What an engine stored is there after a restart, and is gone after a wipe: then it syncs from nothing. */
scenario('Engine_RestartedThenWiped', wiped, async ({ sequencer, reference, follower, step }) => {
  await follower.reached('localSafe', 3)
  const safe = await follower.head('localSafe')
  // Nobody tells the engine anything while its node is away.
  await follower.stop()

  await step('restarted, it has its chain', async () => {
    await follower.el.restart()
    expect((await follower.el.block(safe.number))?.hash).toBe(safe.hash)
  })
  await step('wiped, it has its genesis block alone', async () => {
    await follower.el.wipe()
    await follower.el.start()
    expect((await follower.el.block('latest'))?.number).toBe(0n)
  })

  await step('its node comes back and brings it up to date', async () => {
    await follower.start()
    await Promise.all([follower.inSync(reference, 'localSafe'), follower.inSync(sequencer, 'unsafe')])
    await follower.holds(safe)
  })
})
