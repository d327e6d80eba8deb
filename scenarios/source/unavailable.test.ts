import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'While the source answers 503, 429, rubbish or errors, safe and finalized stand still and blocks go on by gossip; one good answer is enough to go on.',
  tags: ['source', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

const failures = [
  faults.status(503),
  faults.status(429, { 'retry-after': '1' }),
  faults.rpcError(-32000, 'node is behind'),
  faults.garbage(),
  faults.nullResult(),
]

/** Every way in which a source can fail to answer is the same to who follows it: nothing is known, and nothing moves. */
scenario('Source_Unavailable', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  for (const failure of failures)
    await step(`the source answers: ${failure.name}`, async () => {
      const fault = await follower.tells('error_fetch_status', async () => {
        const installed = await point('follower→reference').install(failure)
        await installed.hit(2)
        return installed
      })
      await Promise.all([follower.notAdvanced('localSafe', { blocks: 2 }), follower.advanced('unsafe', 1)])
      await fault.remove()
      await follower.advanced('localSafe', 1)
    })
  await Promise.all([
    follower.inSync(reference, 'localSafe'),
    follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    follower.currentL1Matches(reference),
  ])
})
