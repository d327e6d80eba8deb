import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** L1's safe label promises less than its finalized one: what it names may be replaced while everything runs. */
scenario(
  'L1Reorg_PastTheSafeLabel',
  { topology: twoVerifiersFollowing, parameters: { l1BlockTime: 1, genesisAge: 12 }, stopped: ['l1'] },
  async ({ sequencer, reference, follower, nodes, l1, step }) => {
    const pids = nodes.map(({ pid }) => pid)
    await step('blocks become safe and final', async () => {
      await l1.mine({ blocks: 9, everySlot: true })
      l1.startProduction()
      await Promise.all(nodes.map((node) => node.reached('finalized', 1)))
    })

    const { safe, finalized } = await step('reorg L1 at its safe block', async () => {
      const [safe, finalized] = [await reference.head('localSafe'), await reference.head('finalized')]
      const target = await l1.block('safe')
      const { orphaned } = await l1.reorg(target)
      expect(orphaned[0]?.hash).toBe(target.hash)
      return { safe, finalized }
    })

    await step('what was safe is replaced, what was final stays', async () => {
      await Promise.all(nodes.map((node) => node.reorged(safe)))
      await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number)))
      await Promise.all(nodes.map((node) => node.holds(finalized)))
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
      await Promise.all(nodes.map((node) => node.originsCanonical()))
    })
    expect(nodes.map(({ pid }) => pid)).toEqual(pids)
  },
)
