import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import type { ExecutedBlock } from '../execution/types.ts'
import { BlockStore } from './block-store.ts'

const hashOf = (name: string): Hash => `0x${Buffer.from(name).toString('hex').padStart(64, '0')}`
const block = (name: string, number: number, parent: string) =>
  ({
    hash: hashOf(name),
    header: { number: BigInt(number), parentHash: hashOf(parent) },
    transactions: [`tx of ${name}`, `tx at ${number}`].map((one) => ({ hash: hashOf(one), raw: '0x' })),
    receipts: [],
  }) as unknown as ExecutedBlock
const names = (blocks: readonly ExecutedBlock[]) =>
  blocks.map(({ hash }) => Buffer.from(hash.slice(2), 'hex').toString().replaceAll('\0', ''))

const move = (blocks: BlockStore, head: string, ancestor: string, finalized: string | null = null) =>
  blocks.move({
    head: hashOf(head),
    commonAncestor: hashOf(ancestor),
    safe: finalized === null ? null : hashOf(finalized),
    finalized: finalized === null ? null : hashOf(finalized),
  })

function store(): BlockStore {
  const created = new BlockStore(block('a0', 0, 'none'))
  for (const number of [1, 2, 3]) created.add(block(`a${number}`, number, `a${number - 1}`))
  for (const number of [2, 3, 4])
    created.add(block(`b${number}`, number, number === 2 ? 'a1' : `b${number - 1}`))
  move(created, 'a3', 'a0')
  return created
}

describe('BlockStore', () => {
  it('says what a reorg removed and added', () => {
    const blocks = store()
    const change = move(blocks, 'b4', 'a1')
    expect(names(change.removed)).toEqual(['a3', 'a2'])
    expect(names(change.added)).toEqual(['b2', 'b3', 'b4'])
    expect(names([blocks.head, blocks.byNumber(2n) as ExecutedBlock])).toEqual(['b4', 'b2'])
  })

  it('forgets the numbers and transactions of what left', () => {
    const blocks = store()
    move(blocks, 'a1', 'a1')
    expect(blocks.byNumber(2n)).toBeUndefined()
    expect(blocks.transaction(hashOf('tx of a2'))).toBeUndefined()
    expect(blocks.byHash(hashOf('a2'))).toBeDefined()
  })

  it('finds a transaction in the canonical block when both forks have it', () => {
    const blocks = store()
    move(blocks, 'b4', 'a1')
    expect(blocks.transaction(hashOf('tx at 2'))).toMatchObject({ block: { hash: hashOf('b2') }, index: 1 })
    move(blocks, 'a3', 'a1')
    expect(blocks.transaction(hashOf('tx at 2'))).toMatchObject({ block: { hash: hashOf('a2') } })
  })

  it('forgets side chains up to a finalized number, with all that stands on them', () => {
    const blocks = store()
    blocks.add(block('c4', 4, 'a3'))
    move(blocks, 'a3', 'a3', 'a3')
    const kept = ['a1', 'a2', 'a3', 'b2', 'b3', 'b4', 'c4'].filter((name) => blocks.byHash(hashOf(name)))
    // b4 is above the finalized block, but its ancestors are gone: a sync that met it would never find the hole.
    expect(kept).toEqual(['a1', 'a2', 'a3', 'c4'])
  })

  it('keeps the labels that nobody names, also beside the chain of the head and above it', () => {
    const blocks = store()
    const labels = () => [blocks.safe, blocks.finalized].map((label) => label && names([label])[0])
    move(blocks, 'a3', 'a3', 'a1')
    move(blocks, 'b4', 'a1')
    expect(labels()).toEqual(['a1', 'a1'])
    move(blocks, 'b4', 'b4', 'b3')
    move(blocks, 'b2', 'b2')
    expect(labels()).toEqual(['b3', 'b3'])
    blocks.add(block('c3', 3, 'b2'))
    move(blocks, 'c3', 'b2')
    expect(labels()).toEqual(['b3', 'b3'])
  })

  it('forgets nothing for a finalized block beside the chain of the head', () => {
    const blocks = new BlockStore(block('a0', 0, 'none'))
    for (const name of ['a', 'b'])
      for (const number of [1, 2])
        blocks.add(block(`${name}${number}`, number, number === 1 ? 'a0' : `${name}1`))
    move(blocks, 'a1', 'a0', 'a1')
    // A sync brings a chain without it, whose blocks come later.
    for (const number of [1, 2]) blocks.add(block(`d${number}`, number, number === 1 ? 'a0' : 'd1'))
    move(blocks, 'd2', 'a0')
    blocks.add(block('e1', 1, 'a0'))
    move(blocks, 'e1', 'a0')
    const has = (name: string) => blocks.byHash(hashOf(name)) !== undefined
    expect(['a1', 'a2', 'b1', 'd1', 'd2', 'e1'].filter(has)).toEqual(['a1', 'a2', 'd1', 'd2', 'e1'])
    // It is the head again: what stands beside it goes.
    move(blocks, 'a2', 'a0')
    expect(['a1', 'a2', 'd1', 'd2', 'e1'].filter(has)).toEqual(['a1', 'a2'])
  })

  it.each([
    ['what is final', 'a1'],
    ['nothing, when nothing is final', null],
  ])('calls %s safe, when what was is forgotten', (_, finalized) => {
    const blocks = store()
    const labels = { head: hashOf('a3'), commonAncestor: hashOf('a3') }
    blocks.move({ ...labels, safe: hashOf('a2'), finalized: finalized === null ? null : hashOf(finalized) })
    expect(names([blocks.safe!])).toEqual(['a2'])
    blocks.forgetSafe()
    const left = finalized === null ? undefined : hashOf(finalized)
    expect([blocks.safe?.hash, blocks.finalized?.hash]).toEqual([left, left])
    expect(blocks.head.hash).toBe(hashOf('a3'))
  })

  it('forgets a safe label with its block', () => {
    const blocks = store()
    const label = (head: string, ancestor: string, safe: string | null, finalized: string | null) =>
      blocks.move({
        head: hashOf(head),
        commonAncestor: hashOf(ancestor),
        safe: safe === null ? null : hashOf(safe),
        finalized: finalized === null ? null : hashOf(finalized),
      })
    label('a3', 'a3', 'a3', null)
    label('b4', 'a1', null, 'a1')
    expect(blocks.safe?.hash).toBe(hashOf('a3'))
    label('b4', 'b4', null, 'b2')
    expect([blocks.safe, blocks.byHash(hashOf('a3'))]).toEqual([null, undefined])
  })
})
