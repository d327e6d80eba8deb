import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower whose engine lost its chain and is parted from its peers waits for it without a wrong block, and catches up when the peers are back.',
  tags: ['gossip', 'engine', 'el-sync', 'faults'],
  topology: twoVerifiersFollowing,
}

/** A follower derives nothing, so that what its engine lost comes from the peers of its engine alone. */
scenario('Gossip_EnginePeersParted', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  const [safe, { starts }] = [await follower.head('localSafe'), follower]
  await step('the engine of the follower is parted from its peers, and comes back empty', async () => {
    const parted = await point('follower-el↔*').install(faults.isolate())
    await follower.el.restart()
    await parted.hit()
  })
  await step('it has nothing to build on, while the others go on', async () => {
    await reference.advanced('localSafe', 4)
    expect((await follower.el.block('latest'))?.number).toBe(0n)
  })
  await step('its peers are back: it has the whole chain again', async () => {
    await point('el-peers').install(faults.heal())
    await follower.holds(safe)
    await Promise.all([
      follower.inSync(reference, 'localSafe'),
      follower.inSync(sequencer, 'unsafe', { by: 'gossip' }),
    ])
    expect(follower.starts).toBe(starts)
  })
})
