import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'Of a source that tells the truth and a lie in turn, a follower follows the truth alone, at its pace.',
  tags: ['source', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

/** Two nodes behind one address, as a load balancer has them: one is on another L1 fork. */
scenario('Source_Flaps', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  const fault = await step('every second answer is of a node on another L1 fork', () =>
    follower.tells('dropped_not_canonical', () =>
      point('follower→reference').install(faults.flaps(faults.lies.origin(), null)),
    ),
  )
  await step('the follower goes on by the others', async () => {
    await Promise.all([follower.advanced('localSafe', 6), fault.hit(6)])
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
      follower.currentL1Matches(reference),
    ])
  })
})
