import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { size, slice } from 'viem'

/** Seconds after genesis, and so, with a block each second, the number of the first Jovian block. */
const activation = 15n

scenario(
  'Fork_JovianMidChain',
  {
    topology: twoVerifiersFollowing,
    parameters: { forks: { ...twoVerifiersFollowing.parameters.forks, jovian: activation } },
  },
  async ({ sequencer, reference, follower, nodes, step }) => {
    await step('the safe chain crosses the activation on every node', () =>
      Promise.all(nodes.map((node) => node.reached('localSafe', activation + 3n))),
    )

    await step('the chain has the fork from that block on, and the same blocks everywhere', async () => {
      const extraData = async (number: bigint) => {
        const blocks = await Promise.all(
          nodes.map(({ el }) => el.client.getBlock({ blockNumber: number, includeTransactions: false })),
        )
        expect(new Set(blocks.map(({ hash }) => hash)).size).toBe(1)
        return blocks[0]!.extraData
      }
      // Holocene's parameters have version 0 and 9 bytes; Jovian's, with the minimum base fee, version 1 and 17.
      const [before, after] = [await extraData(activation - 1n), await extraData(activation)]
      expect([slice(before, 0, 1), size(before)]).toEqual(['0x00', 9])
      expect([slice(after, 0, 1), size(after)]).toEqual(['0x01', 17])
    })

    await step('all go on together', async () => {
      await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
    })
  },
)
