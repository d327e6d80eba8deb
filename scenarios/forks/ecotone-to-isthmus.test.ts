import { expect, forksActiveFrom, protocolUpgrades, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { agreedBlock } from './crossing.ts'

/** Seconds after genesis, and so, with a block each second, the numbers of the forks' first blocks. */
const activations = { ecotone: 8n, fjord: 11n, granite: 14n, holocene: 17n, isthmus: 20n }
const upgrades = protocolUpgrades(['ecotone', 'fjord', 'isthmus'])

// Ecotone's and Isthmus's upgrade transactions are the protocol's own. Fjord's have the protocol's shape but deploy our
// own GasPriceOracle, because the code of the protocol's is not among the vectors.
scenario(
  'Fork_EcotoneToIsthmus',
  {
    claim:
      'The chain crosses Ecotone, Fjord, Granite, Holocene and Isthmus with upgrade transactions that succeed, and three nodes agree on every block around them.',
    tags: ['forks', 'derivation'],
    topology: twoVerifiersFollowing,
    parameters: { forks: { ...forksActiveFrom('delta'), ...activations }, upgrades: upgrades.bundles },
    skip: upgrades.skip,
  },
  async ({ sequencer, reference, follower, nodes, step }) => {
    await step('the safe chain crosses every activation on every node', () =>
      Promise.all(nodes.map((node) => node.reached('localSafe', activations.isthmus + 3n))),
    )

    await step('all upgrade transactions succeed, and nothing else is in those blocks', async () => {
      for (const fork of ['ecotone', 'fjord', 'isthmus'] as const) {
        const { statuses } = await agreedBlock(nodes, activations[fork])
        // The L1 info comes first.
        expect(statuses, fork).toEqual(Array(1 + upgrades.sizeOf(fork).transactions).fill(1))
      }
    })

    await step('the nodes have the same block before, at and after each activation', async () => {
      const usual = BigInt(twoVerifiersFollowing.parameters.gasLimit)
      for (const first of Object.values(activations))
        for (const number of [first - 1n, first, first + 1n]) {
          const { gasLimit, statuses } = await agreedBlock(nodes, number)
          expect(gasLimit).toBe(usual)
          expect(statuses).not.toContain(0)
        }
    })

    await step('all go on together', async () => {
      await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
    })
  },
)
