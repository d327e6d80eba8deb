import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { zeroHash } from '../../../node/protocol/refs.ts'
import { type ChainEntry, decideForkchoice, type ForkchoiceView } from './forkchoice.ts'

const hashOf = (name: string): Hash => `0x${Buffer.from(name).toString('hex').padStart(64, '0')}`

/** A chain `a0 … a5`, a side chain `b3, b4, b5` on `a2`, and `hole` whose parent is not here. Head: `a4`. */
function view(head = 'a4'): ForkchoiceView {
  const entries = new Map<Hash, ChainEntry>()
  const add = (name: string, number: number, parent: string) =>
    entries.set(hashOf(name), { hash: hashOf(name), number: BigInt(number), parentHash: hashOf(parent) })
  add('a0', 0, 'none')
  for (let number = 1; number <= 5; number++) add(`a${number}`, number, `a${number - 1}`)
  add('b3', 3, 'a2')
  add('b4', 4, 'b3')
  add('b5', 5, 'b4')
  add('hole', 5, 'missing')
  const canonical = new Map<bigint, Hash>()
  for (let cursor = entries.get(hashOf(head)); cursor !== undefined; cursor = entries.get(cursor.parentHash))
    canonical.set(cursor.number, cursor.hash)
  return {
    head: entries.get(hashOf(head)) as ChainEntry,
    block: (hash) => entries.get(hash),
    canonicalHash: (number) => canonical.get(number),
    latestValidAncestorOfInvalid: (hash) => (hash === hashOf('bad') ? hashOf('a4') : undefined),
  }
}

const state = (head: string, safe: string | null = null, finalized: string | null = null) => ({
  headBlockHash: head === 'zero' ? zeroHash : hashOf(head),
  safeBlockHash: safe === null ? zeroHash : hashOf(safe),
  finalizedBlockHash: finalized === null ? zeroHash : hashOf(finalized),
})

describe('decideForkchoice: the head first', () => {
  it.each([
    ['zero head', state('zero'), 'invalid'],
    ['unknown head', state('unknown'), 'syncing'],
    ['unknown head with unknown safe and finalized', state('unknown', 'x', 'y'), 'syncing'],
    ['unknown head with a conflicting safe', state('unknown', 'b3', 'b3'), 'syncing'],
    ['head on an invalid block', state('bad'), 'invalid'],
    ['head known, an ancestor missing', state('hole'), 'syncing'],
    ['safe unknown', state('a4', 'x'), 'inconsistent'],
    ['finalized unknown', state('a4', null, 'x'), 'inconsistent'],
    ['safe on another fork', state('a4', 'b3'), 'inconsistent'],
    ['finalized on another fork', state('b4', 'b3', 'a3'), 'inconsistent'],
    ['safe above the new head', state('a2', 'a3'), 'inconsistent'],
    ['finalized above the head, on its chain later', state('a4', null, 'a5'), 'inconsistent'],
    ['safe on the new fork', state('b5', 'b4', 'a2'), 'apply'],
    ['safe and finalized are the head', state('a4', 'a4', 'a4'), 'apply'],
    ['labels below the fork point', state('b5', 'a1', 'a0'), 'apply'],
  ])('%s', (_name, update, kind) => {
    expect(decideForkchoice(view(), update).kind).toBe(kind)
  })

  it('names the newest valid ancestor of an invalid head', () => {
    expect(decideForkchoice(view(), state('bad'))).toMatchObject({ latestValidHash: hashOf('a4') })
  })

  it('says which label is wrong', () => {
    expect(decideForkchoice(view(), state('a4', 'b3'))).toMatchObject({
      reason: expect.stringMatching(/^safe block .* is not an ancestor/),
    })
    expect(decideForkchoice(view(), state('a4', 'a3', 'x'))).toMatchObject({
      reason: expect.stringMatching(/^finalized block .* not available/),
    })
  })
})

describe('decideForkchoice: how the head moves', () => {
  it.each([
    ['the same head', 'a4', 'none', 'a4', 'a4'],
    ['a child', 'a5', 'extend', 'a5', 'a4'],
    ['an ancestor keeps the head', 'a2', 'none', 'a4', 'a4'],
    ['genesis keeps the head', 'a0', 'none', 'a4', 'a4'],
    ['a side chain of the same height', 'b4', 'reorg', 'b4', 'a2'],
    ['a shorter side chain', 'b3', 'reorg', 'b3', 'a2'],
    ['a longer side chain', 'b5', 'reorg', 'b5', 'a2'],
  ])('%s', (_name, named, movement, head, ancestor) => {
    expect(decideForkchoice(view(), state(named))).toMatchObject({
      kind: 'apply',
      named: { hash: hashOf(named) },
      head: { hash: hashOf(head) },
      movement,
      commonAncestor: { hash: hashOf(ancestor) },
      safe: null,
      finalized: null,
    })
  })

  it('can come back to the chain that it left', () => {
    expect(decideForkchoice(view('b5'), state('a5'))).toMatchObject({ movement: 'reorg' })
  })
})
