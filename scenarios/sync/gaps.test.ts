import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology, twoWaysToSync } from 'lockstep/topologies'

const gossipGap = {
  claim:
    'A follower that missed gossiped blocks has them from the peers of its engine, with nothing safe to help it.',
  tags: ['sync', 'el-sync', 'gossip', 'follow', 'upstream'],
  topology,
  expects: ['unsafe blocks were missed'],
}

/** VerifierUnsafeGapClosed: what is gossiped after the gap cannot stand on what it has. */
scenario('Sync_GapInGossip', gossipGap, async (devstack) => {
  const { sequencer, reference, follower, batcher, step, reached } = devstack
  await follower.reached('localSafe', 3)
  const missed = await step('it misses six unsafe blocks', async () => {
    await batcher.stop()
    await follower.network.isolate()
    const before = await follower.head('unsafe')
    const block = await sequencer.reached('unsafe', before.number + 6n)
    await follower.notAdvanced('unsafe', { blocks: 1 })
    if ((await follower.head('unsafe')).hash === before.hash) reached('unsafe blocks were missed')
    return block
  })
  await step('gossip is back: the gap closes', async () => {
    await follower.network.rejoin()
    await follower.holds(missed)
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    expect((await follower.head('localSafe')).number).toBeLessThan(missed.number)
    await reference.holds(await follower.head('localSafe'))
  })
})

const withoutPeers = {
  claim:
    'A verifier that missed gossiped blocks and whose engine has no peer keeps what comes after them and moves no head, until it has derived what it missed.',
  tags: ['sync', 'gossip', 'derivation', 'upstream'],
  topology: twoWaysToSync,
  expects: ['a gap that gossip cannot close'],
}

/** TestSyncAfterInitialELSync: one of the two has a peer for its engine, and shows that gossip is all right. */
scenario('Sync_GapWithoutEnginePeers', withoutPeers, async (devstack) => {
  const { sequencer, elSyncing, clSyncing, batcher, network, step, reached } = devstack
  const verifiers = [elSyncing, clSyncing]
  await Promise.all(verifiers.map((node) => node.reached('localSafe', 3)))
  const { before, missed } = await step('both miss four blocks', async () => {
    await batcher.stop()
    for (const name of ['elSyncing', 'clSyncing'] as const) await network.cut('sequencer', name)
    const before = await clSyncing.head('unsafe')
    return { before, missed: await sequencer.reached('unsafe', before.number + 4n) }
  })
  await step('gossip is back: only the engine with a peer has the gap closed', async () => {
    for (const name of ['elSyncing', 'clSyncing'] as const) await network.heal('sequencer', name)
    await elSyncing.holds(missed)
    await elSyncing.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await clSyncing.notAdvanced('unsafe', { blocks: 3 })
    expect(await clSyncing.el.block('latest')).toMatchObject({ number: before.number, hash: before.hash })
    reached('a gap that gossip cannot close')
  })
  await step('batches come: it derives the gap, and goes on by gossip', async () => {
    await batcher.start()
    await clSyncing.reached('localSafe', missed.number)
    await clSyncing.holds(missed)
    await clSyncing.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
})
