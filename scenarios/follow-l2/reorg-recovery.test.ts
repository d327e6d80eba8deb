import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'

/** As upstream's deterministic form: nothing happens on L1 unless the scenario does it. */
scenario(
  'FollowL2_ReorgRecovery',
  {
    claim:
      'After L1 reorgs away the origin of a safe block, the reference, the sequencer and the follower agree on another block at that height without a restart.',
    tags: ['follow', 'l1-reorg', 'upstream'],
    topology: twoVerifiersFollowing,
    stopped: ['l1', 'sequencer', 'batcher'],
    expects: ['orphaned safe block was followed'],
  },
  async ({ sequencer, reference, follower, nodes, l1, batcher, step, reached }) => {
    const starts = nodes.map(({ starts }) => starts)

    const target = await step('mine the reorg target and its confirmations', async () => {
      const [first] = await l1.mine({ blocks: 2 })
      await l1.mine()
      return first!
    })

    await step('build L2 blocks on the target', async () => {
      await sequencer.startSequencer()
      await sequencer.reachedOrigin('unsafe', target)
      await sequencer.stopSequencer()
    })

    const safe = await step('make them safe', async () => {
      await batcher.start()
      await l1.mine({ only: [await batcher.pendingTransaction()] })
      const block = await reference.reachedOrigin('localSafe', target)
      // What is orphaned then is what they followed: each has it as its own.
      for (const node of [sequencer, follower]) {
        await node.reachedOrigin('localSafe', target)
        await node.holds(block)
      }
      reached('orphaned safe block was followed')
      return block
    })
    expect(target.number).toBeGreaterThan((await l1.block('safe')).number)

    await step('reorg L1 at the target', async () => {
      const { replaced } = await sequencer.tells('reset by L1 reorg', () =>
        follower.tells('reset by L1 reorg', () => l1.reorg(target)),
      )
      expect(replaced[0]?.hash).not.toBe(target.hash)
    })

    await step('go on', async () => {
      l1.startProduction()
      await sequencer.startSequencer()
    })
    await step('the reference has another block at that height', () => reference.reorged(safe))
    await step('all agree on the new chain', async () => {
      // Past the remembered height on the new fork: before that, an agreement on local-safe would say little.
      await Promise.all(nodes.map((node) => node.reached('localSafe', safe.number)))
      await Promise.all(
        (['unsafe', 'localSafe'] as const).flatMap((level) => [
          sequencer.inSync(reference, level),
          follower.inSync(reference, level),
        ]),
      )
      await Promise.all(nodes.map((node) => node.originsCanonical()))
      for (const { el } of nodes) expect((await el.block(safe.number))?.hash).not.toBe(safe.hash)
    })
    expect(nodes.map(({ starts }) => starts)).toEqual(starts)
  },
)
