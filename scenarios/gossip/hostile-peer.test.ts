import { expect, faults, scenario } from 'lockstep'
import { withHostilePeer } from 'lockstep/topologies'

const options = {
  claim: 'Wrong, repeated and early blocks of a hostile peer are refused, and the chain goes on.',
  tags: ['gossip', 'faults'],
  topology: withHostilePeer,
}

/** A peer that holds the sequencer's key, and sends what is wrong in one way only: no node builds on it. */
scenario('Gossip_HostilePeer', options, async (devstack) => {
  const { sequencer, reference, follower, nodes, point, step } = devstack
  await Promise.all(nodes.map((node) => node.reached('unsafe', 3)))
  const refused = async () =>
    (await follower.metrics()).value('p2p_gossip_messages_total', {
      verdict: 'reject',
      reason: 'bad_block_hash',
    })
  const before = await refused()
  for (const fault of [faults.wrongHash(), faults.duplicate(), faults.futureBlock(), faults.badSignature()])
    await step(`it sends: ${fault.name}`, async () => {
      const installed = await point('hostile').install(fault.times(2))
      await installed.hit(2)
      await installed.remove()
      await Promise.all(nodes.map((node) => node.advanced('unsafe', 2)))
    })
  await step('all agree, and the follower has refused what it heard', async () => {
    expect(await refused()).toBeGreaterThan(before)
    await Promise.all([reference.inSync(sequencer, 'unsafe'), follower.inSync(sequencer, 'unsafe')])
    await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
  })
})
