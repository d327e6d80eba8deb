import { expect, type Fault, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'Each fault of a component does to a running node or engine what it says, and nothing is left of it when it is removed.',
  tags: ['devstack', 'faults', 'restart'],
  topology: twoVerifiersFollowing,
  ownProcess: ['follower', 'follower-el'],
  needs: { follower: ['clock-offset'] },
} as const

/** The follower is treated badly in every way that there is, and is well after each of them. */
scenario('Devstack_FaultsOfComponents', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 2)
  const wellAgain = async () => {
    await follower.inSync(reference, 'localSafe')
    await follower.inSync(sequencer, 'unsafe')
  }
  /** The fault, what it is done to, and whether that runs meanwhile. */
  const away: readonly (readonly [Fault, 'follower' | 'follower-el', boolean])[] = [
    [faults.stop(), 'follower-el', false],
    [faults.kill(), 'follower', false],
    [faults.pause(), 'follower', true],
    [faults.wipe(), 'follower-el', false],
    [faults.restart(), 'follower', true],
    [faults.restart({ newPort: true }), 'follower-el', true],
  ]
  for (const [fault, name, runs] of away)
    await step(`${fault.name} of ${name}`, async () => {
      const component = name === 'follower' ? follower : follower.el
      const installed = await point(name).install(fault)
      expect([installed.hits, component.running]).toEqual([1, runs])
      await installed.remove()
      expect(component.running).toBe(true)
      await wellAgain()
    })

  await step('clockSkew of follower', async () => {
    const skew = await follower.tells('refused too_early', () =>
      point('follower').install(faults.clockSkew(-30_000)),
    )
    await skew.remove()
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
})
