import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose clock is 20 s behind refuses gossip as too early and lives by its source alone, and takes gossip again when its clock is right.',
  tags: ['gossip', 'follow', 'clock', 'faults'],
  topology: twoVerifiersFollowing,
  needs: { follower: ['clock-offset'] },
} as const

/** A block may be five seconds ahead of the clock of who hears it, and no more (specs: p2p, block validation). */
scenario('Gossip_ClockBehind', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  const behind = await step('the follower has a clock that is 20 s behind', () =>
    follower.tells('refused too_early', () => point('follower').install(faults.clockSkew(-20_000))),
  )
  await step('its source is its only input', async () => {
    await follower.converged('localSafe', 'unsafe')
    await follower.keepsEqual('unsafe', 'localSafe', () => follower.advanced('localSafe', 4))
  })
  await step('with the right clock it hears of blocks before they are safe', async () => {
    await behind.remove()
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await follower.inSync(reference, 'localSafe')
  })
})
