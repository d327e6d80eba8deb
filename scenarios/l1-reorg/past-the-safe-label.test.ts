import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** L1's safe label promises less than its finalized one: what it names may be replaced while everything runs. */
scenario(
  'L1Reorg_PastTheSafeLabel',
  {
    claim:
      'When L1 replaces the block of its own safe label, what was safe on L2 is replaced and what was finalized stays.',
    tags: ['l1-reorg', 'finality'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, nodes, l1, step }) => {
    const starts = nodes.map(({ starts }) => starts)
    await step('blocks become final', () => Promise.all(nodes.map((node) => node.reached('finalized', 1))))

    const { safe, finalized } = await step('reorg L1 from its safe block on, or from below', async () => {
      const [safe, finalized] = [await reference.head('localSafe'), await reference.head('finalized')]
      const label = await l1.block('safe')
      expect(safe.l1Origin.number).toBeGreaterThan((await l1.block('finalized')).number)
      // The origin of the L2 safe head is to be replaced too, and it may be older.
      const { orphaned } = await l1.reorg(label.number < safe.l1Origin.number ? label : safe.l1Origin)
      expect(orphaned.map(({ hash }) => hash)).toContain(label.hash)
      return { safe, finalized }
    })

    await step('what was safe is replaced, what was final stays', async () => {
      await Promise.all(nodes.map((node) => node.reorged(safe)))
      await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number)))
      await Promise.all(nodes.map((node) => node.holds(finalized)))
      await Promise.all([sequencer.inSync(reference, 'unsafe'), follower.inSync(reference, 'unsafe')])
      await Promise.all(nodes.map((node) => node.originsCanonical()))
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
