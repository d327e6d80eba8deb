import { type ClNode, expect, scenario } from 'lockstep'
import { twoWaysToSync } from 'lockstep/topologies'

scenario(
  'Sync_JoinARunningChain',
  {
    claim:
      'Nodes with empty engines join a running chain by engine sync and by derivation, and arrive at the same safe block.',
    tags: ['sync', 'el-sync'],
    topology: twoWaysToSync,
    stopped: ['elSyncing', 'clSyncing'],
  },
  async ({ sequencer, elSyncing, clSyncing, step }) => {
    await sequencer.reached('localSafe', 8)
    const safe = await sequencer.head('localSafe')
    const resets = (await sequencer.metrics()).value('engine_resets_total')
    const join = async (node: ClNode) => {
      await node.el.start()
      await node.start()
    }

    await step('two nodes with empty engines join', () => Promise.all([elSyncing, clSyncing].map(join)))
    await step('both arrive, each in its own way', async () => {
      for (const node of [elSyncing, clSyncing]) {
        await node.reached('localSafe', safe.number)
        await node.holds(safe)
        await Promise.all([node.inSync(sequencer, 'localSafe'), node.inSync(sequencer, 'unsafe')])
      }
      await elSyncing.reached('finalized', 1)
    })

    // One derived every block; the other began four blocks behind the tip, whose batches it reads from further back.
    const derived = async (node: ClNode) =>
      (await node.metrics()).value('engine_tasks_total', { task: 'consolidate', outcome: 'ok' })
    const [few, all] = await Promise.all([derived(elSyncing), derived(clSyncing)])
    expect(all).toBeGreaterThanOrEqual(Number(safe.number))
    expect(few).toBeLessThan(all)
    for (const node of [elSyncing, clSyncing])
      expect((await node.metrics()).value('engine_resets_total'), `${node.name}: resets`).toBe(1)
    expect((await sequencer.metrics()).value('engine_resets_total'), 'nobody else was rewound').toBe(resets)
    await sequencer.holds(safe)
  },
)
