import { expect, forksActiveFrom, protocolUpgrades, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { size, slice } from 'viem'
import { agreedBlock } from './crossing.ts'

/** Seconds after genesis, and so, with a block each second, the numbers of the forks' first blocks. */
const [jovian, karst] = [12n, 20n]
const { gasLimit } = twoVerifiersFollowing.parameters
const upgrades = protocolUpgrades(['jovian', 'karst'])

scenario(
  'Fork_JovianAndKarst',
  {
    claim:
      "The chain crosses Jovian and Karst with the protocol's own upgrade bundles, and three nodes agree on headers, gas limits and receipts.",
    tags: ['forks', 'derivation'],
    topology: twoVerifiersFollowing,
    parameters: { forks: { ...forksActiveFrom('isthmus'), jovian, karst }, upgrades: upgrades.bundles },
    skip: upgrades.skip,
  },
  async ({ sequencer, reference, follower, nodes, step }) => {
    await step('the safe chain crosses both activations on every node', () =>
      Promise.all(nodes.map((node) => node.reached('localSafe', karst + 3n))),
    )

    await step('all upgrade transactions succeed, and nothing else is in those blocks', async () => {
      for (const [fork, number] of [
        ['jovian', jovian],
        ['karst', karst],
      ] as const) {
        const { statuses } = await agreedBlock(nodes, number)
        // The L1 info comes first.
        expect(statuses, fork).toEqual(Array(1 + upgrades.sizeOf(fork).transactions).fill(1))
      }
    })

    await step("Jovian's parameters are in the headers from its first block on", async () => {
      const [before, after] = [await agreedBlock(nodes, jovian - 1n), await agreedBlock(nodes, jovian)]
      // Holocene's have version 0 and 9 bytes; Jovian's, with the minimum base fee, version 1 and 17.
      expect([slice(before.extraData, 0, 1), size(before.extraData)]).toEqual(['0x00', 9])
      expect([slice(after.extraData, 0, 1), size(after.extraData)]).toEqual(['0x01', 17])
    })

    await step("Karst's first block, and it alone, has the gas of its bundle on top", async () => {
      const limits = await Promise.all(
        [jovian, karst - 1n, karst, karst + 1n, karst + 2n].map(
          async (number) => (await agreedBlock(nodes, number)).gasLimit,
        ),
      )
      const usual = BigInt(gasLimit)
      expect(limits).toEqual([usual, usual, usual + upgrades.sizeOf('karst').gas, usual, usual])
    })

    await step('all go on together', async () => {
      await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
    })
  },
)
