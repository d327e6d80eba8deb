import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { L1Header } from '../ports/l1-source.ts'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import type { L1BlockRef } from '../protocol/refs.ts'
import { connectHead, type L1ChainView, l1ViewBlocksMax } from './l1-chain-view.ts'

const watch = (l1: ReturnType<typeof createFakeL1>) => {
  let view: L1ChainView = []
  const parentOf = async (block: L1Header) => {
    const parent = await l1.headerByHash(block.parentHash)
    if (parent === null) throw new Error('no parent')
    return parent
  }
  return {
    view: () => view,
    async poll(head = l1.head) {
      const connected = await connectHead(view, head, parentOf)
      view = connected.view
      return connected.change
    },
  }
}
const numbers = (blocks: readonly L1BlockRef[]) => blocks.map((block) => Number(block.number))

describe('the L1 that the watcher has seen', () => {
  it('starts from its first head', async () => {
    const l1 = createFakeL1()
    l1.mine(5)
    const change = await watch(l1).poll()
    expect(change).toMatchObject({ restarted: true, removed: [] })
    expect(numbers(change.added)).toEqual([5])
  })

  it('misses no block between two polls', async () => {
    const l1 = createFakeL1()
    const watcher = watch(l1)
    await watcher.poll()
    l1.mine(4)
    expect(numbers((await watcher.poll()).added)).toEqual([1, 2, 3, 4])
  })

  it.each([
    { length: 2, name: 'shorter' },
    { length: 3, name: 'equal' },
    { length: 5, name: 'longer' },
  ])('names what a reorg to a $name fork took and brought', async ({ length }) => {
    const l1 = createFakeL1()
    const watcher = watch(l1)
    await watcher.poll()
    l1.mine(8)
    await watcher.poll()
    l1.reorg(6n, length)
    const change = await watcher.poll()
    expect(numbers(change.removed)).toEqual([6, 7, 8])
    expect(numbers(change.added)).toEqual(Array.from({ length }, (_, index) => 6 + index))
    expect(change.restarted).toBe(false)
  })

  it('takes an L1 node that lags for no reorg', async () => {
    const l1 = createFakeL1()
    const watcher = watch(l1)
    await watcher.poll()
    l1.mine(8)
    await watcher.poll()
    expect(await watcher.poll(l1.at(5n))).toMatchObject({
      added: [],
      removed: [],
      restarted: false,
    })
    expect(await watcher.poll()).toMatchObject({ added: [], removed: [] })
  })

  it('starts anew when the head is out of reach', async () => {
    const l1 = createFakeL1()
    const watcher = watch(l1)
    await watcher.poll()
    l1.mine(l1ViewBlocksMax + 1)
    expect(await watcher.poll()).toMatchObject({ restarted: true, removed: [] })
    // Below everything that was seen: an L1 node that lags looks the same.
    l1.reorg(3n, 2)
    expect(await watcher.poll()).toMatchObject({ restarted: false, added: [], removed: [] })
    l1.mine(l1ViewBlocksMax)
    const change = await watcher.poll()
    expect(change.restarted).toBe(true)
    expect(numbers(change.removed)).toEqual([l1ViewBlocksMax + 1])
    expect(numbers(change.added)[0]).toBe(l1ViewBlocksMax + 1)
  })

  it('is always the contiguous canonical chain, within its limit', async () => {
    const step = fc.record({ reorg: fc.nat(6), mine: fc.nat(6) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const l1 = createFakeL1()
        const watcher = watch(l1)
        await watcher.poll()
        for (const { reorg, mine } of steps) {
          const from = l1.head.number - BigInt(reorg) + 1n
          if (from >= 1n && reorg > 0) l1.reorg(from, mine)
          else l1.mine(mine)
          const before = new Set(watcher.view().map((block) => block.hash))
          const change = await watcher.poll()
          for (const block of change.removed) expect(before.has(block.hash)).toBe(true)
          for (const block of change.added) expect(before.has(block.hash)).toBe(false)
          for (const block of watcher.view())
            if (block.number <= l1.head.number) expect(block.hash).toBe(l1.at(block.number).hash)
        }
      }),
    )
  })
})
