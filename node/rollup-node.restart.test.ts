import { describe, expect, it } from 'vitest'
import type { SafeHeadStore } from './ports/safe-head-store.ts'
import { createMemorySafeHeadStore } from './safe-heads/memory-store.ts'
import { createNodeWorld, type NodeWorld, type WorldNode } from './testing/node-world.ts'

/** A sequencer that derives, and a node that derives, with safe heads far enough that L1 has finalized some. */
async function deriving(safeHeadStore = createMemorySafeHeadStore()) {
  const world = createNodeWorld()
  const sequencer = await world.start('sequencer', { sequencer: {} })
  const node = await world.start('node', { safeHeadStore })
  await world.until('finalized 3', () => node.status().finalizedL2.number >= 3n)
  return { world, sequencer, node, safeHeadStore }
}

/** The answers of `optimism_safeHeadAtL1Block` at every L1 block up to that one. */
function answers(node: WorldNode, upTo: bigint): unknown[] {
  const found: unknown[] = []
  for (let number = 0n; number <= upTo; number++) found.push(node.node.safeHeads?.safeHeadAt(number))
  return found
}

/** From now on no block becomes safe any more, while L1 finalizes all that is safe already. */
async function withoutBatches(world: NodeWorld, node: WorldNode): Promise<void> {
  world.auto.batch = false
  const { number } = world.l1.head
  // The next block has been read only when all of this one was derived.
  await world.until('L1 read', () => node.status().currentL1.number > number)
}

describe('a node with a safe-head database', () => {
  it('answers after a restart what it answered before, and finalizes what it derived before', async () => {
    const { world, node, safeHeadStore } = await deriving()
    await withoutBatches(world, node)
    const { safeL2, currentL1, finalizedL2 } = node.status()
    expect(safeL2.number).toBeGreaterThan(finalizedL2.number)
    const before = answers(node, currentL1.number)
    expect(new Set(before.slice(2)).size).toBeGreaterThan(3)
    expect(before[0]).toMatchObject({ l1: { number: 0n }, l2: { number: 0n } })
    await node.stop()

    const again = await world.start('node', { safeHeadStore, el: node.el })
    await world.until('all that was safe is final', () => again.status().finalizedL2.number >= safeL2.number)
    expect(again.status().finalizedL2).toEqual(safeL2)
    expect(answers(again, currentL1.number)).toEqual(before)
    await world.stop()
  })

  it('finalizes nothing through an L1 block that was reorged out while it was down', async () => {
    const { world, node, safeHeadStore } = await deriving()
    const { finalizedL1, safeL2 } = node.status()
    await node.stop()
    // The batches of all that is above L1's finalized block are gone with the fork.
    world.auto.batch = false
    world.l1.reorg(finalizedL1.number + 1n, 12)

    const again = await world.start('node', { safeHeadStore, el: node.el })
    await world.pass(20)
    const { finalizedL2 } = again.status()
    expect(finalizedL2.number).toBeLessThan(safeL2.number)
    expect(world.l1.at(finalizedL2.l1Origin.number).hash).toBe(finalizedL2.l1Origin.hash)
    const kept = safeHeadStore.atOrBelow(finalizedL1.number)
    expect(kept?.l2.number).toBeLessThan(safeL2.number)
    expect(answers(again, world.l1.head.number).at(-1)).toEqual(kept)
    expect(again.failure).toBeNull()
    await world.stop()
  })

  it('derives again what its engine lost, and answers the same in the end', async () => {
    const { world, node, safeHeadStore } = await deriving()
    await withoutBatches(world, node)
    const { safeL2, currentL1 } = node.status()
    const before = answers(node, currentL1.number)
    await node.stop()
    const again = await world.start('node', { safeHeadStore })
    await world.until('safe again', () => again.status().safeL2.number >= safeL2.number)
    expect(again.status().safeL2).toEqual(safeL2)
    expect(answers(again, currentL1.number)).toEqual(before)
    await world.stop()
  })

  it('tells nothing of blocks that became safe while it did not run', async () => {
    const { world, sequencer, node, safeHeadStore } = await deriving()
    await node.stop()
    const left = node.status()
    await world.until('further', () => sequencer.status().safeL2.number > left.safeL2.number + 8n)
    // Another node drove the engine meanwhile.
    const again = await world.start('node', { safeHeadStore, el: sequencer.el })
    await world.until(
      'it derives',
      () => again.status().safeL2.number > sequencer.status().safeL2.number - 1n,
    )
    const newest = safeHeadStore.atOrBelow(left.currentL1.number)
    expect(newest).toMatchObject({ l2: { number: left.safeL2.number }, gapAfter: true })
    expect(again.node.safeHeads?.safeHeadAt(left.currentL1.number + 1n)).toBeNull()
    await world.stop()
  })
})

/** Every block that the node tells to be safe from now on, by number. */
function safeNumbers({ node }: WorldNode): bigint[] {
  const numbers: bigint[] = []
  node.engine.subscribe(({ initialized, safe }) => {
    if (initialized) numbers.push(safe.number)
  })
  return numbers
}

describe('a node without a safe-head database', () => {
  it('keeps safe over a restart, and finalizes it once it has derived it again', async () => {
    const { world, node } = await deriving()
    await withoutBatches(world, node)
    await node.stop()
    const { safeL2, finalizedL2 } = node.status()
    expect(safeL2.number).toBeGreaterThan(finalizedL2.number)

    const forgetful = await world.start('node', { el: node.el })
    const safe = safeNumbers(forgetful)
    expect(forgetful.node.safeHeads).toBeNull()
    await world.until('all that was safe is final', () => forgetful.status().finalizedL2.hash === safeL2.hash)
    await world.pass(20)
    expect(new Set(safe)).toEqual(new Set([safeL2.number]))
    expect(forgetful.metrics.value('engine_resets_total')).toBe(1)
    await world.stop()
  })

  it('takes back what only the batches of orphaned L1 blocks gave, although no origin was reorged', async () => {
    const { world, sequencer, node } = await deriving()
    // The origins of all that is safe are canonical still; the batches of what is above finalized are gone.
    const { finalizedL1 } = node.status()
    world.auto.mine = false
    await node.stop()
    const { safeL2 } = node.status()
    const origins = safeL2.l1Origin.number
    expect(origins).toBeLessThanOrEqual(world.l1.head.number)
    world.auto.batch = false
    world.l1.reorg(origins + 1n, Number(world.l1.head.number - origins) + 1)
    expect(origins).toBeGreaterThanOrEqual(finalizedL1.number)

    const forgetful = await world.start('node', { el: node.el })
    expect(forgetful.status().safeL2).toEqual(safeL2)
    world.auto.mine = true
    await world.until('taken back', () => forgetful.status().safeL2.number < safeL2.number)
    expect(forgetful.metrics.value('pipeline_resets_total', { reason: 'unproven-safe' })).toBe(1)
    await world.pass(20)
    expect(forgetful.status().safeL2.number).toBeLessThan(safeL2.number)
    // The batches come again.
    world.auto.batch = true
    await world.until('safe again', () => forgetful.status().safeL2.number > safeL2.number)
    await world.until('the sequencer too', () => sequencer.status().safeL2.number > safeL2.number)
    const { number } = safeL2
    expect(forgetful.el.at(number).payload.blockHash).toBe(sequencer.el.at(number).payload.blockHash)
    expect(forgetful.failure).toBeNull()
    await world.stop()
  })
})

describe('a node that is killed between any two of its writes', () => {
  it('finds what it remembers and what its engine has at odds in no way that leads to a wrong answer', async () => {
    const world = createNodeWorld()
    const sequencer = await world.start('sequencer', {
      sequencer: {},
      safeHeadStore: createMemorySafeHeadStore(),
    })
    const disk = createMemorySafeHeadStore()
    let node = await world.start('node', { safeHeadStore: disk })
    const { el } = node
    for (let writes = 0; writes < 40; writes++) {
      await node.stop()
      const { finalizedL2 } = node.status()
      const mortal = diesAfter(writes, el, disk)
      node = await world.start('node', { el: mortal.el, safeHeadStore: mortal.store })
      await world.until('it dies', () => mortal.dead)
      expect(node.failure).toBeNull()
      expect(node.status().finalizedL2.number).toBeGreaterThanOrEqual(finalizedL2.number)
    }
    await node.stop()
    node = await world.start('node', { el, safeHeadStore: disk })
    await withoutBatches(world, sequencer)
    await withoutBatches(world, node)
    const { number } = sequencer.status().currentL1
    expect(answers(node, number)).toEqual(answers(sequencer, number))
    await world.until('final', () => node.status().finalizedL2.hash === sequencer.status().safeL2.hash)
    await world.stop()
  })
})

/** The engine and the store of a process that ends before its next write after so many: nothing reaches them then. */
function diesAfter(writes: number, el: WorldNode['el'], store: SafeHeadStore) {
  let left = writes
  const state = { dead: false }
  const mortal = <T extends object>(target: T, writing: readonly (keyof T)[]): T =>
    new Proxy(target, {
      get(object, name) {
        const member: unknown = Reflect.get(object, name)
        // The world itself looks into the engine by `at`.
        if (typeof member !== 'function' || name === 'at') return member
        return (...args: unknown[]) => {
          if (writing.includes(name as keyof T) && left-- === 0) state.dead = true
          if (state.dead) throw new Error('the process is gone')
          return member.apply(object, args)
        }
      },
    })
  return {
    el: mortal(el, ['forkchoiceUpdated', 'newPayload']),
    store: mortal(store, ['replaceFrom']),
    get dead() {
      return state.dead
    },
  }
}
