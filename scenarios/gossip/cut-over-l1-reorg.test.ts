import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

const options = {
  claim:
    'A follower without gossip over an L1 reorg has the new chain from its source, and hears of unsafe blocks of the new fork when gossip is back.',
  tags: ['gossip', 'follow', 'l1-reorg', 'upstream'],
  topology,
  parameters: { l1FinalizedDistance: 60 },
}

/** TestUnsafeGapFillAfterUnsafeReorg_RestartCLP2P: here the node that is cut off follows, and its engine has its peers. */
scenario('Gossip_CutOverL1Reorg', options, async ({ sequencer, reference, follower, nodes, l1, step }) => {
  await Promise.all(nodes.map((node) => node.reached('localSafe', 8)))
  const unsafe = await follower.reachedL1('unsafe', 1)
  await step('cut off, L1 replaces the origin of its unsafe head', async () => {
    await follower.network.isolate()
    const { orphaned } = await l1.reorg(unsafe.l1Origin)
    expect(orphaned.map(({ hash }) => hash)).toContain(unsafe.l1Origin.hash)
  })
  await step('it has the chain of its source', async () => {
    await reference.reorged(unsafe)
    await follower.reorged(unsafe)
    await follower.reached('localSafe', unsafe.number)
    await follower.keepsEqual('unsafe', 'localSafe', () => follower.advanced('localSafe', 3))
  })
  await step('connected again, it hears of the new fork', async () => {
    await follower.network.rejoin()
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await follower.inSync(reference, 'localSafe')
    await Promise.all(nodes.map((node) => node.originsCanonical()))
  })
})
