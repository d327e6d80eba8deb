import { describe, expect, it } from 'vitest'
import { zeroL2BlockRef as zero, zeroHash } from '../protocol/refs.ts'
import {
  advances,
  brokenInvariant,
  decideFinalize,
  forkchoiceStateOf,
  needsForkchoiceUpdate,
  withFinality,
  withOlderSafe,
} from './forkchoice-rules.ts'
import { ref } from './testing/refs.ts'

const heads = (finalized: bigint, safe: bigint, localSafe: bigint, unsafe: bigint) => ({
  finalized: ref('a', finalized),
  safe: ref('a', safe),
  localSafe: ref('a', localSafe),
  unsafe: ref('a', unsafe),
})

describe('advances', () => {
  it.each([
    ['a higher number', ref('a', 3n), ref('a', 4n), true],
    ['the same block', ref('a', 3n), ref('a', 3n), false],
    ['another block of the height', ref('a', 3n), ref('b', 3n), false],
    ['a lower number', ref('a', 3n), ref('a', 2n), false],
    ['genesis over the zero reference', zero, ref('a', 0n), true],
    ['the zero reference over itself', zero, zero, false],
    ['the zero reference over genesis', ref('a', 0n), zero, false],
  ])('%s', (_name, current, candidate, expected) => {
    expect(advances(current, candidate)).toBe(expected)
  })
})

describe('brokenInvariant', () => {
  it.each([
    ['all zero', { finalized: zero, safe: zero, localSafe: zero, unsafe: zero }],
    ['all genesis', heads(0n, 0n, 0n, 0n)],
    ['in order', heads(1n, 2n, 3n, 4n)],
    ['all at one block', heads(4n, 4n, 4n, 4n)],
    ['labels not known yet', { ...heads(0n, 0n, 0n, 4n), finalized: zero, safe: zero, localSafe: zero }],
  ])('holds: %s', (_name, state) => {
    expect(brokenInvariant(state)).toBeNull()
  })

  it.each([
    ['finalized above safe', heads(3n, 2n, 3n, 4n), /finalized .* is above safe/],
    ['safe above local-safe', heads(1n, 3n, 2n, 4n), /safe .* is above local-safe/],
    ['local-safe above unsafe', heads(1n, 2n, 5n, 4n), /local-safe .* is above unsafe/],
    ['two blocks of one height', { ...heads(1n, 2n, 2n, 4n), safe: ref('b', 2n) }, /different blocks/],
    ['a label without a head', { ...heads(1n, 2n, 3n, 4n), unsafe: zero }, /unsafe is not known/],
  ])('broken: %s', (_name, state, message) => {
    expect(brokenInvariant(state)).toMatch(message)
  })
})

describe('forkchoiceStateOf', () => {
  it('names a label only when the engine has its block', () => {
    const state = heads(1n, 2n, 3n, 4n)
    expect(forkchoiceStateOf(state, (hash) => hash === state.finalized.hash)).toEqual({
      headBlockHash: state.unsafe.hash,
      safeBlockHash: zeroHash,
      finalizedBlockHash: state.finalized.hash,
    })
  })

  it('sends cross-safe as safe, not local-safe', () => {
    const state = heads(1n, 2n, 3n, 4n)
    expect(forkchoiceStateOf(state, () => true).safeBlockHash).toBe(state.safe.hash)
  })
})

describe('needsForkchoiceUpdate', () => {
  const said = forkchoiceStateOf(heads(1n, 2n, 3n, 4n), () => true)
  it.each([
    ['nothing was sent', null, said, true],
    ['the same was sent', said, { ...said }, false],
    ['the head changed', said, { ...said, headBlockHash: zeroHash }, true],
    ['only safe changed', said, { ...said, safeBlockHash: zeroHash }, true],
    ['only finalized changed', said, { ...said, finalizedBlockHash: zeroHash }, true],
  ])('%s', (_name, sent, next, expected) => {
    expect(needsForkchoiceUpdate(sent, next)).toBe(expected)
  })
})

describe('decideFinalize', () => {
  const state = heads(2n, 5n, 5n, 8n)
  it.each([
    ['above finalized, below safe', ref('a', 4n), 'advance'],
    ['the safe block', ref('a', 5n), 'advance'],
    ['the finalized block', ref('a', 2n), 'unchanged'],
    ['the zero reference', zero, 'unchanged'],
    ['below finalized', ref('a', 1n), 'conflict'],
    ['another block at the finalized height', ref('b', 2n), 'conflict'],
    ['above safe', ref('a', 6n), 'conflict'],
    ['another block at the safe height', ref('b', 5n), 'conflict'],
  ])('%s', (_name, block, expected) => {
    expect(decideFinalize(state, block).kind).toBe(expected)
  })

  it('lets genesis be finalized when nothing is yet', () => {
    expect(decideFinalize({ ...state, finalized: zero }, ref('a', 0n)).kind).toBe('advance')
  })

  it('finalizes nothing while no safe block is known', () => {
    const unknown = { finalized: zero, safe: zero, localSafe: zero, unsafe: ref('a', 8n) }
    expect(decideFinalize(unknown, ref('a', 0n)).kind).toBe('conflict')
  })
})

describe('withFinality', () => {
  it.each([
    ['nothing was told', null, ref('a', 2n)],
    ['less was told', ref('a', 1n), ref('a', 2n)],
    ['more was told', ref('a', 4n), ref('a', 4n)],
    ['as much as is safe was told', ref('a', 5n), ref('a', 5n)],
    ['more than is safe now was told: it is left to the engine', ref('a', 6n), zero],
    ['another block than the safe one was told: it is left to the engine', ref('b', 5n), zero],
  ])('%s', (_name, told, expected) => {
    expect(withFinality(heads(2n, 5n, 6n, 8n), told)).toEqual({
      ...heads(2n, 5n, 6n, 8n),
      finalized: expected,
    })
  })
})

describe('withOlderSafe', () => {
  const next = heads(2n, 5n, 5n, 8n)
  const has = (...refs: { readonly hash: string }[]) => ({
    engine: (hash: string) => refs.some((one) => one.hash === hash),
  })
  it.each([
    ['the engine has the newest', next, ref('a', 4n), has(ref('a', 4n), ref('a', 5n)), 5n],
    ['it has the one before', next, ref('a', 4n), has(ref('a', 4n)), 4n],
    ['it has neither', next, ref('a', 4n), has(), 5n],
    ['safe went back', next, ref('a', 6n), has(ref('a', 6n)), 5n],
    ['the one before lies below finalized', next, ref('a', 1n), has(ref('a', 1n)), 5n],
    ['the source replaces the head', heads(2n, 5n, 8n, 8n), ref('a', 4n), has(ref('a', 4n)), 5n],
  ])('%s', (_name, told, before, { engine }, safe) => {
    expect(withOlderSafe(told, before, engine)).toEqual({ ...told, safe: ref('a', safe) })
  })
})
