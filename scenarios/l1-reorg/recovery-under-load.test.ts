import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** Nothing stops: L1 goes on, the sequencer builds, the batcher submits, while L1 is reorged three times. */
scenario(
  'FollowL2_ReorgRecovery_UnderLoad',
  {
    claim:
      'While everything runs, all nodes recover from L1 reorgs of depth 1, 3 and the deepest above the safe label.',
    tags: ['follow', 'l1-reorg', 'load'],
    topology: twoVerifiersFollowing,
  },
  async ({ sequencer, reference, follower, nodes, l1, step, parameters }) => {
    const starts = nodes.map(({ starts }) => starts)
    // The block after the safe label is the deepest that a reorg may replace.
    const deepest = parameters.l1SafeDistance
    await follower.reached('localSafe', 3)

    for (const depth of [1, 3, deepest]) {
      const orphaned = await step(`reorg L1 at depth ${depth}`, async () => {
        const head = await l1.head()
        const target = await l1.block(head.number - BigInt(depth - 1))
        expect(target.number).toBeGreaterThan((await l1.block('safe')).number)
        return (await l1.reorg(target)).orphaned
      })

      await step(`everything recovers from depth ${depth}`, async () => {
        await Promise.all(nodes.map((node) => node.originsCanonical()))
        await Promise.all(nodes.map((node) => node.advanced('localSafe', 3)))
        await Promise.all(
          (['unsafe', 'localSafe'] as const).flatMap((level) => [
            sequencer.inSync(reference, level),
            follower.inSync(reference, level),
          ]),
        )
        await Promise.all(nodes.map((node) => node.originsCanonical()))
        for (const block of orphaned) expect(l1.isCanonical(block)).toBe(false)
      })
    }
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
