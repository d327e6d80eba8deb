import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** Nothing stops: L1 goes on, the sequencer builds, the batcher submits, while L1 is reorged three times. */
scenario(
  'FollowL2_ReorgRecovery_UnderLoad',
  {
    claim:
      'While everything runs, all nodes recover from L1 reorgs of the newest block that was derived, of the newest origin and of all above the safe label.',
    tags: ['follow', 'l1-reorg', 'load'],
    topology: twoVerifiersFollowing,
    // Old enough that the blocks above the safe label are the origins of safe blocks, however busy the machine is.
    parameters: { l1SafeDistance: 8 },
    expects: ['the derived L1 head was orphaned', 'an unsafe head was orphaned', 'a safe head was orphaned'],
  },
  async ({ sequencer, reference, follower, nodes, l1, step, reached }) => {
    const starts = nodes.map(({ starts }) => starts)
    const recovered = async () => {
      await Promise.all(nodes.map((node) => node.originsCanonical()))
      await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
      await Promise.all(
        (['unsafe', 'localSafe'] as const).flatMap((level) => [
          sequencer.inSync(reference, level),
          follower.inSync(reference, level),
        ]),
      )
      await Promise.all(nodes.map((node) => node.originsCanonical()))
    }
    await Promise.all(nodes.map((node) => node.reached('localSafe', 3)))

    await step('reorg the newest L1 block that the reference derived', async () => {
      const { currentL1 } = await reference.status()
      await l1.reorg(currentL1)
      if (!l1.isCanonical(currentL1)) reached('the derived L1 head was orphaned')
      await recovered()
    })

    for (const { level, mark } of [
      { level: 'unsafe', mark: 'an unsafe head was orphaned' },
      { level: 'localSafe', mark: 'a safe head was orphaned' },
    ] as const)
      await step(`reorg L1 so that ${mark}`, async () => {
        const held = await follower.head(level)
        await Promise.all(nodes.map((node) => node.holds(held)))
        const deepest = (await l1.block('safe')).number + 1n
        const { orphaned } = await l1.reorg(level === 'unsafe' ? held.l1Origin : deepest)
        // Without it the rest shows nothing: the scenario is inconclusive.
        if (!orphaned.some(({ hash }) => hash === held.l1Origin.hash)) return
        reached(mark)
        await Promise.all(nodes.map((node) => node.reorged(held)))
        await recovered()
      })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
