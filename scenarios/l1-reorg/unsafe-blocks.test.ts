import { expect, scenario } from 'lockstep'
import { twoVerifiersFollowing } from 'lockstep/topologies'
import { unsafeBlocksAlone } from './unsafe-blocks.ts'

const unsafe = {
  claim:
    'When L1 replaces the origins of unsafe blocks alone, all nodes replace those blocks by gossip and no safe block, and the new ones become safe.',
  tags: ['l1-reorg', 'follow', 'gossip', 'upstream'],
  topology: twoVerifiersFollowing,
  expects: ['orphaned unsafe block was held'],
}

/** An unsafe reorg without a safe one: no source says anything about it, so each node must see it by its own L1. */
scenario('L1Reorg_OfUnsafeBlocks', unsafe, async (devstack) => {
  const { sequencer, reference, follower, nodes, l1, batcher, step, reached } = devstack
  const starts = nodes.map(({ starts }) => starts)
  const { head, safe } = await unsafeBlocksAlone(devstack)

  await step('L1 replaces the origin of the unsafe head', async () => {
    const { orphaned } = await l1.reorg(head.l1Origin)
    expect(orphaned.map(({ hash }) => hash)).toContain(head.l1Origin.hash)
    reached('orphaned unsafe block was held')
  })
  await step('all have other unsafe blocks, and the same safe one', async () => {
    await Promise.all(nodes.map((node) => node.reorged(head)))
    await Promise.all([reference, follower].map((node) => node.inSync(sequencer, 'unsafe', { by: 'gossip' })))
    await Promise.all(nodes.map((node) => node.originsCanonical()))
    for (const node of nodes) expect((await node.head('localSafe')).hash, node.name).toBe(safe.hash)
  })
  await step('the new blocks become safe', async () => {
    const block = await sequencer.el.block(head.number)
    await batcher.start()
    await Promise.all(nodes.map((node) => node.reached('localSafe', head.number)))
    for (const node of nodes) expect((await node.el.block(head.number))?.hash, node.name).toBe(block?.hash)
  })
  expect(nodes.map(({ starts }) => starts)).toEqual(starts)
})

const alone = {
  claim:
    'A follower without gossip goes back, when L1 replaces the origin of its unsafe head, to the last block of an older origin and no further, and has the new chain when gossip is back.',
  tags: ['l1-reorg', 'follow', 'gossip', 'upstream'],
  topology: twoVerifiersFollowing,
  expects: ['the follower went back by itself'],
}

/** TestUnsafeGapFillAfterUnsafeReorg_RestartCLP2P: alone, and with nothing safe to be told, it goes back by itself. */
scenario('L1Reorg_FollowerGoesBackAlone', alone, async (devstack) => {
  const { sequencer, follower, l1, step, reached } = devstack
  const { safe } = await unsafeBlocksAlone(devstack)
  await step('gossip to the follower is cut', () => follower.network.isolate())
  const head = await follower.head('unsafe')
  const last = (await follower.el.block(head.number - head.sequenceNumber - 1n))!
  const origin = await l1.block(head.l1Origin.number - 1n)

  await step('L1 replaces the origin of its unsafe head: it goes back to the last block before', async () => {
    await follower.tells('reset by L1 reorg', () => l1.reorg(head.l1Origin))
    const now = await follower.reachedOrigin('unsafe', origin)
    expect(now).toMatchObject({ number: last.number, hash: last.hash })
    reached('the follower went back by itself')
    await follower.notAdvanced('unsafe', { blocks: 2 })
    expect((await follower.head('localSafe')).hash).toBe(safe.hash)
  })
  await step('connected again, it has the new chain, which is longer', async () => {
    await sequencer.reached('unsafe', head.number + 1n)
    await sequencer.reorged(head)
    await follower.network.rejoin()
    await follower.inSync(sequencer, 'unsafe', { by: 'gossip' })
    await Promise.all([follower.reorged(head), follower.holds(last)])
    await follower.originsCanonical()
  })
})
