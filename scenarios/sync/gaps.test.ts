import { expect, faults, scenario } from 'lockstep'
import { twoVerifiersFollowing as topology } from 'lockstep/topologies'

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

const engineGap = {
  claim:
    'A follower that missed blocks and whose engine has no peer stays at the last block that it has, until it is told of a safe chain that closes the gap.',
  tags: ['sync', 'el-sync', 'gossip', 'follow', 'faults', 'upstream'],
  topology,
  expects: ['a gap that nothing fills'],
}

/** TestSyncAfterInitialELSync and TestL2ELP2P…: a payload without its parent is kept, and moves no head. */
scenario('Sync_GapWithoutEnginePeers', engineGap, async (devstack) => {
  const { sequencer, follower, batcher, point, step, reached } = devstack
  await follower.reached('localSafe', 3)
  const { before, missed } = await step('it misses four blocks, and its engine has no peer', async () => {
    await batcher.stop()
    await point('follower-el↔*').install(faults.isolate(), { optional: true })
    await follower.network.isolate()
    const before = await follower.head('unsafe')
    const missed = await sequencer.reached('unsafe', before.number + 4n)
    return { before, missed }
  })
  await step('gossip is back: what it hears has no parent here', async () => {
    await follower.network.rejoin()
    await sequencer.advanced('unsafe', 4)
    expect(await follower.el.block('latest')).toMatchObject({ number: before.number, hash: before.hash })
    reached('a gap that nothing fills')
  })
  await step('the peers of its engine are back: it has the whole chain', async () => {
    await point('el-peers').install(faults.heal())
    await follower.holds(missed)
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
  })
})
