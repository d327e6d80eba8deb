import { describe, expect, it } from 'vitest'
import { recordedRun } from '../testing/recorded-run.ts'
import { addL2Block, createL1Chain, createL2Chain, l1TreeAt, l2TreeAt } from './chains.ts'
import { indexEvents } from './run-index.ts'

const hash = (name: string) => `0x${name.padStart(64, 'f')}`
const at = (number: number, name: string) => ({ number, hash: hash(name) })
const drawn = (tree: ReturnType<typeof l1TreeAt>) =>
  tree.blocks.map(({ block, row, orphaned, parent }) => [
    ...[block.hash.slice(-2), row, orphaned, parent?.hash.slice(-2) ?? null],
  ])

describe('l1TreeAt', () => {
  const chain = createL1Chain()
  const told = [
    [1, 'a1', 0],
    [2, 'a2', 0],
    [3, 'a3', 0],
    [2, 'b2', 1],
    [3, 'b3', 1],
    [4, 'b4', 1],
    [2, 'a2', 2],
    [3, 'a3', 2],
    [4, 'a4', 2],
    [5, 'a5', 2],
  ] as const
  for (const [t, [number, name, fork]] of told.entries()) chain.add(at(number, name), 0, fork, t)

  it('draws the fork that was left below, on its parent', () => {
    expect(drawn(l1TreeAt(chain, 5, 9))).toEqual([
      ['a1', 0, false, null],
      ['b2', 0, false, 'a1'],
      ['a2', 1, true, 'a1'],
      ['b3', 0, false, 'b2'],
      ['a3', 1, true, 'a2'],
      ['b4', 0, false, 'b3'],
    ])
  })

  it('follows a fork that comes back', () => {
    const alive = drawn(l1TreeAt(chain, 9, 9)).filter(([, , orphaned]) => orphaned === false)
    expect(alive.map(([name]) => name)).toEqual(['a1', 'a2', 'a3', 'a4', 'a5'])
  })

  it('knows nothing of later blocks, and shows no more heights than asked for', () => {
    expect(drawn(l1TreeAt(chain, 0, 9))).toEqual([['a1', 0, false, null]])
    expect(l1TreeAt(chain, 9, 2)).toMatchObject({ low: 4, high: 5 })
    expect(l1TreeAt(createL1Chain(), 5, 2).blocks).toEqual([])
  })
})

describe('l2TreeAt', () => {
  it('calls orphaned what no head stands on, and says when a parent is a guess', () => {
    const chain = createL2Chain()
    addL2Block(chain, at(1, 'a1'), 1)
    addL2Block(chain, at(2, 'a2'), 2)
    addL2Block(chain, at(2, 'b2'), 3, { parent: hash('a1') })
    addL2Block(chain, at(3, 'b3'), 4, { parent: hash('b2') })
    const tree = l2TreeAt(chain, [at(3, 'b3')], 9, 9)
    expect(drawn(tree)).toEqual([
      ['a1', 0, false, null],
      ['b2', 0, false, 'a1'],
      ['a2', 1, true, 'a1'],
      ['b3', 0, false, 'b2'],
    ])
    expect(tree.blocks.find(({ block }) => block.hash === hash('a2'))?.guessed).toBe(true)
    // A node that stays on the old fork keeps it alive.
    expect(l2TreeAt(chain, [at(3, 'b3'), at(2, 'a2')], 9, 9).blocks.some(({ orphaned }) => orphaned)).toBe(
      false,
    )
  })

  it('shows both forks of a recorded reorg', () => {
    const index = indexEvents(recordedRun('reorg-recovery'))
    const reorg = index.reorgs[0]
    const tree = l1TreeAt(index.l1, (reorg?.t ?? 0) + 1, 9)
    const orphans = tree.blocks.filter(({ orphaned }) => orphaned).map(({ block }) => block.hash)
    expect(new Set(orphans)).toEqual(new Set(reorg?.orphaned.map((block) => block.hash)))
  })
})
