import { faults, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

const claim =
  'A follower that is parted from the gossip lives by its source alone, and hears of blocks before they are safe when the network heals.'
const options = { claim, tags: ['gossip', 'follow', 'faults'], topology }

/** A network in two parts: the part without the sequencer knows only what is safe, and all is well when it heals. */
scenario('Gossip_PartitionHeals', options, async ({ sequencer, reference, follower, point, step }) => {
  await follower.reached('localSafe', 3)
  await step('parted from the others, the source is its only input', async () => {
    const parted = faults.partition([['sequencer', 'reference'], ['follower']])
    await (await point('gossip').install(parted)).hit(2)
    await follower.converged('localSafe', 'unsafe')
    await follower.keepsEqual('unsafe', 'localSafe', () => follower.advanced('localSafe', 6))
  })
  await step('healed, it hears of blocks before they are safe', async () => {
    await point('gossip').install(faults.heal())
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await follower.inSync(reference, 'localSafe')
  })
})
