import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

const options = {
  claim:
    'A sequencer that was stopped by an operator, and one whose process was restarted, goes on from its own last block, and nobody replaces one.',
  tags: ['restart', 'sequencer', 'follow', 'upstream'],
  topology: twoVerifiersFollowing,
  needs: { sequencer: ['admin'] },
} as const

/** Upstream's SequencerRestart. A restart that goes back for no reason (optimism#20294) loses the transaction. */
scenario('Restart_Sequencer', options, async (devstack) => {
  const { sequencer, follower, nodes, clock, accounts, step } = devstack
  await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))

  await step('an operator stops it, and starts it again', async () => {
    const hash = await sequencer.stopSequencer()
    const last = await sequencer.head('unsafe')
    expect(last.hash).toBe(hash)
    await Promise.all(nodes.map((node) => node.holds(last)))
    await follower.notAdvanced('unsafe', { blocks: 3 })
    await sequencer.startSequencer()
    await follower.advanced('unsafe', 3)
    await Promise.all(nodes.map((node) => node.holds(last)))
  })

  await step('its process is restarted right after a transaction', async () => {
    const [from, to] = [accounts.users[2]!, accounts.users[3]!]
    const hash = await sequencer.el.sendTransaction(from, { to: to.address, value: 1n })
    const { blockNumber, blockHash } = await sequencer.el.included(hash)
    await sequencer.stop()
    const last = { number: blockNumber, hash: blockHash }
    await Promise.all([follower.holds(last), clock.passed({ blocks: 2 })])
    await follower.notAdvanced('unsafe', { blocks: 2 })
    await sequencer.start()
    // Before anybody builds: what it has now is what it kept.
    await sequencer.reached('unsafe', last.number)
    await sequencer.startSequencer()
    await follower.advanced('unsafe', 3)
    for (const node of nodes) expect((await node.el.block(last.number))?.hash, node.name).toBe(last.hash)
  })

  await step('what it built becomes safe on all', async () => {
    const head = await sequencer.head('unsafe')
    await Promise.all(nodes.map((node) => node.reached('localSafe', head.number)))
    await Promise.all(nodes.map((node) => node.holds(head)))
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
})
