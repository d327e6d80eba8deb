import { defineTopology, expect, follow, scenario } from 'lockstep'
import { twoSequencers } from 'lockstep/topologies'

/** The second node follows the first one, and can build. */
const topology = defineTopology({
  ...twoSequencers,
  name: 'lightSequencer',
  cls: { ...twoSequencers.cls, second: { ...twoSequencers.cls.second, mode: follow('first') } },
})

const options = {
  claim:
    'A following sequencer that built blocks of its own beside its source adopts the chain of the source, goes on building on it, and is one with it when it stops.',
  tags: ['sequencer', 'follow', 'upstream'],
  topology,
  stopped: ['second'],
  needs: { first: ['admin'], second: ['admin'] },
  expects: ['a block of its own', 'follow case 4'],
} as const

/** optimism#21119: a light sequencer that diverged must leave its own blocks for those of its source, once and for good. */
scenario('Sequencer_DivergesThenAdopts', options, async (devstack) => {
  const { first, second, accounts, network, step, reached } = devstack
  await second.reached('localSafe', 3)

  const own = await step('parted from the first, the second builds a block that only it has', async () => {
    await network.cut('first', 'second')
    await second.startSequencer()
    const [from, to] = [accounts.users[2]!, accounts.users[3]!]
    const hash = await second.el.sendTransaction(from, { to: to.address, value: 1n })
    const { blockNumber: number, blockHash } = await second.el.included(hash)
    await first.reached('unsafe', number)
    const other = await first.el.block(number)
    expect(other?.hash).not.toBe(blockHash)
    reached('a block of its own')
    return { number, hash: blockHash, other: { number, hash: other!.hash } }
  })
  await step('it adopts what its source derived, and builds on it', async () => {
    await second.holds(own.other)
    await second.advanced('unsafe', 3)
    await second.holds(own.other)
  })
  await step('it builds no more: the two are one', async () => {
    await second.stopSequencer()
    await network.heal('first', 'second')
    await second.inSync(first, 'localSafe')
    await second.inSync(first, 'unsafe', { by: 'gossip' })
    await Promise.all([first, second].map((node) => node.holds(own.other)))
  })
})
