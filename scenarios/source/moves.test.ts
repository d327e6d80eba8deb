import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A source that comes back at another address is followed on, and its peers gossip with it there, without a restart of anybody else.',
  tags: ['source', 'follow', 'gossip', 'restart', 'faults'],
  topology: twoVerifiersFollowing,
}

/** Behind a name there may be another machine: who follows or gossips by the name finds it, whatever was kept alive. */
scenario('Source_MovesToAnotherAddress', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, point, step } = devstack
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))
  const safe = await reference.head('localSafe')
  const starts = () => [sequencer.starts, reference.starts, follower.starts]
  const before = starts()

  await step('the source is started again at another address', async () => {
    await point('reference').install(faults.restart({ newPort: true }))
    expect(starts()).toEqual(before.map((count, at) => (at === 1 ? count + 1 : count)))
  })
  await step('both follow it there, and it has what it had', async () => {
    await reference.holds(safe)
    const [from] = await Promise.all([reference.head('localSafe'), reference.advanced('localSafe', 3)])
    await Promise.all([sequencer, follower].map((node) => node.reached('localSafe', from.number + 3n)))
    await follower.currentL1Matches(reference)
  })
  await step('it gossips there', async () => {
    await reference.network.joined()
    await reference.advanced('unsafe', 3)
    await reference.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
  expect(starts()).toEqual(before.map((count, at) => (at === 1 ? count + 1 : count)))
})
