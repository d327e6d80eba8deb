import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A follower that is parted from the gossip lives by its source alone, and hears of blocks before they are safe when the network heals.',
  tags: ['gossip', 'follow', 'faults'],
  topology: twoVerifiersFollowing,
}

/** A network in two parts: the part without the sequencer knows only what is safe, and all is well when it heals. */
scenario('Gossip_PartitionHeals', options, async (devstack) => {
  const { sequencer, reference, follower, point, step } = devstack
  await follower.reached('localSafe', 3)
  await step('the follower is parted from the others', async () => {
    const parted = faults.partition([['sequencer', 'reference'], ['follower']])
    await (await point('gossip').install(parted)).hit(2)
  })
  await step('the source is its only input', async () => {
    await follower.converged('localSafe', 'unsafe')
    await follower.keepsEqual('unsafe', 'localSafe', () => follower.advanced('localSafe', 6))
  })
  await step('healed, it hears of blocks before they are safe', async () => {
    await point('gossip').install(faults.heal())
    await follower.network.joined()
    await Promise.all([follower.inSync(sequencer, 'unsafe'), follower.inSync(reference, 'localSafe')])
  })
})
