import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/**
 * No batch comes within the sequencing window, so the source derives blocks without transactions where everybody has
 * the sequencer's. Nothing happens on L1 that a follower could notice by itself: only the source tells it (case 4).
 */
scenario(
  'Source_ReorgsByWindowExpiry',
  {
    claim:
      'When the source derives other blocks than everybody has (the sequencing window ended), every follower adopts its chain (case 4).',
    tags: ['follow', 'source', 'sequencing-window'],
    topology: twoVerifiersFollowing,
    parameters: { seqWindowSize: 6 },
    stopped: ['batcher', 'l1'],
    expects: ['follow case 4'],
  },
  async ({ sequencer, reference, follower, nodes, l1, batcher, accounts, step }) => {
    const starts = nodes.map(({ starts }) => starts)
    const lost = await step('an L2 transaction is in an unsafe block of every node', async () => {
      const [from, to] = [accounts.users[2]!, accounts.users[3]!]
      const hash = await sequencer.el.sendTransaction(from, { to: to.address, value: 1n })
      const { blockNumber, blockHash } = await sequencer.el.included(hash)
      const block = { number: blockNumber, hash: blockHash }
      await Promise.all(nodes.map((node) => node.holds(block)))
      return block
    })

    // Only now: on a busy machine the window would end while the devstack boots.
    await step('the window ends: every node adopts what the source derives', async () => {
      l1.startProduction()
      await Promise.all(nodes.map((node) => node.reorged(lost)))
    })

    await step('with batches all go on together', async () => {
      await batcher.start()
      await Promise.all(nodes.map((node) => node.advanced('localSafe', 6)))
      await Promise.all(
        (['unsafe', 'localSafe'] as const).flatMap((level) => [
          sequencer.inSync(reference, level),
          follower.inSync(reference, level),
        ]),
      )
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
