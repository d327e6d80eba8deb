import { describe, expect, it } from 'vitest'
import type { EngineHeads, FollowTarget } from '../engine/engine-client.ts'
import { ref } from '../engine/testing/refs.ts'
import { type L2BlockRef, zeroL2BlockRef as zero, zeroL1BlockRef } from '../protocol/refs.ts'
import { decideFollow, type FollowedHeads, followNeedsLocalBlock, type LocalBlock } from './decide.ts'

/** `[finalized, safe, local-safe, unsafe]`, each a block like `a3`, `0` for the zero reference. */
type Row = readonly [string, string, string, string]

const block = (name: string): L2BlockRef =>
  name === '0' ? zero : ref(name.slice(0, 1), BigInt(name.slice(1)))
const headsOf = ([finalized, safe, localSafe, unsafe]: Row): EngineHeads => ({
  finalized: block(finalized),
  safe: block(safe),
  localSafe: block(localSafe),
  unsafe: block(unsafe),
})
const targetOf = ([finalized, safe, localSafe]: readonly [string, string, string]): FollowTarget => ({
  currentL1: zeroL1BlockRef,
  finalized: block(finalized),
  safe: block(safe),
  localSafe: block(localSafe),
})
const ours = (row: Row, syncTarget: EngineHeads | null = null): FollowedHeads => ({
  ...headsOf(row),
  syncTarget,
})
const has = (name: string): LocalBlock => ({ kind: 'found', hash: block(name).hash })
const missing: LocalBlock = { kind: 'missing' }
const unknown: LocalBlock = { kind: 'unknown' }

describe('decideFollow: follow-mode.md, step 7', () => {
  it.each<[string, Row, readonly [string, string, string], LocalBlock, string, Row]>([
    // 1: the source is ahead of our unsafe head
    ['1: ahead', ['a1', 'a2', 'a2', 'a5'], ['a3', 'a6', 'a6'], missing, 'ahead', ['a3', 'a6', 'a6', 'a6']],
    ['1: at the start', ['0', '0', '0', '0'], ['a0', 'a0', 'a0'], missing, 'ahead', ['a0', 'a0', 'a0', 'a0']],
    [
      '1: from genesis',
      ['a0', 'a0', 'a0', 'a0'],
      ['a3', 'a4', 'a6'],
      missing,
      'ahead',
      ['a3', 'a4', 'a6', 'a6'],
    ],
    // 2a: the engine is syncing, labels only
    ['2a', ['a1', 'a2', 'a2', 'a9'], ['a3', 'a6', 'a6'], missing, 'el-syncing', ['a3', 'a6', 'a6', 'a9']],
    // 2b: the engine could not be asked
    ['2b', ['a1', 'a2', 'a2', 'a9'], ['a3', 'a6', 'a6'], unknown, 'el-error', ['a1', 'a2', 'a2', 'a9']],
    // 3: the same block, labels only
    ['3', ['a1', 'a2', 'a2', 'a9'], ['a3', 'a6', 'a6'], has('a6'), 'consolidated', ['a3', 'a6', 'a6', 'a9']],
    [
      '3: at our head',
      ['a1', 'a2', 'a2', 'a6'],
      ['a3', 'a6', 'a6'],
      has('a6'),
      'consolidated',
      ['a3', 'a6', 'a6', 'a6'],
    ],
    [
      '3: cross-safe behind',
      ['a1', 'a2', 'a2', 'a9'],
      ['a3', 'a4', 'a6'],
      has('a6'),
      'consolidated',
      ['a3', 'a4', 'a6', 'a9'],
    ],
    [
      '3: nothing new',
      ['a3', 'a6', 'a6', 'a9'],
      ['a3', 'a6', 'a6'],
      has('a6'),
      'consolidated',
      ['a3', 'a6', 'a6', 'a9'],
    ],
    [
      '3: the source went back',
      ['a3', 'a6', 'a6', 'a9'],
      ['a3', 'a4', 'a5'],
      has('a5'),
      'consolidated',
      ['a3', 'a4', 'a5', 'a9'],
    ],
    // 4: another block of that height
    ['4', ['a1', 'a2', 'a2', 'a9'], ['a2', 'b6', 'b6'], has('a6'), 'reorged', ['a2', 'b6', 'b6', 'b6']],
    [
      '4: below our safe',
      ['a1', 'a6', 'a6', 'a9'],
      ['a1', 'b4', 'b4'],
      has('a4'),
      'reorged',
      ['a1', 'b4', 'b4', 'b4'],
    ],
    [
      '4: of our optimistic head',
      ['a1', 'a2', 'a2', 'a6'],
      ['a2', 'b6', 'b6'],
      missing,
      'reorged',
      ['a2', 'b6', 'b6', 'b6'],
    ],
    [
      '4: finalized advances with it',
      ['a1', 'a2', 'a2', 'a9'],
      ['b4', 'b6', 'b6'],
      has('a6'),
      'reorged',
      ['b4', 'b6', 'b6', 'b6'],
    ],
  ])('%s', (_name, heads, target, local, followCase, expected) => {
    const decision = decideFollow(ours(heads), targetOf(target), local)
    expect(decision.case).toBe(followCase)
    expect(decision.heads).toEqual(headsOf(expected))
    expect(decision.adopted).toBe(followCase === 'ahead' || followCase === 'reorged')
    expect(decision.finalizedConflict).toBeNull()
  })

  it.each<[string, Row, readonly [string, string, string], LocalBlock, Row]>([
    ['finalized back', ['a3', 'a4', 'a4', 'a9'], ['a2', 'a6', 'a6'], has('a6'), ['a3', 'a6', 'a6', 'a9']],
    [
      'finalized above safe',
      ['a1', 'a2', 'a2', 'a9'],
      ['a5', 'a4', 'a6'],
      has('a6'),
      ['a1', 'a4', 'a6', 'a9'],
    ],
    [
      'safe below our finalized',
      ['a3', 'a4', 'a4', 'a9'],
      ['a1', 'a2', 'a6'],
      has('a6'),
      ['a3', 'a3', 'a6', 'a9'],
    ],
  ])('keeps finalized and records the conflict: %s', (_name, heads, target, local, expected) => {
    const decision = decideFollow(ours(heads), targetOf(target), local)
    expect(decision.heads).toEqual(headsOf(expected))
    expect(decision.finalizedConflict).toMatch(/cannot finalize/)
    expect(decision.refusal).toBeNull()
  })

  it.each<[string, Row, readonly [string, string, string], LocalBlock, RegExp]>([
    ['finalized sideways', ['a3', 'a4', 'a4', 'a9'], ['b3', 'b6', 'b6'], has('a6'), /not our finalized/],
    [
      'safe at our finalized height',
      ['a3', 'a4', 'a4', 'a9'],
      ['b2', 'b3', 'b6'],
      has('a6'),
      /not our finalized/,
    ],
    [
      'local-safe at our finalized height',
      ['a3', 'a4', 'a4', 'a9'],
      ['b2', 'b2', 'b3'],
      has('a3'),
      /not our finalized/,
    ],
    [
      'local-safe below our finalized',
      ['a3', 'a4', 'a4', 'a9'],
      ['a1', 'a2', 'a2'],
      has('a2'),
      /lies below our finalized/,
    ],
    [
      'safe above local-safe',
      ['a1', 'a2', 'a2', 'a9'],
      ['a1', 'a7', 'a6'],
      has('a6'),
      /safe .* above local-safe/,
    ],
    ['safe beside local-safe', ['a1', 'a2', 'a2', 'a9'], ['a1', 'b6', 'a6'], has('a6'), /different blocks/],
    ['no local-safe', ['a1', 'a2', 'a2', 'a9'], ['0', '0', '0'], missing, /does not know/],
  ])('refuses the whole target: %s', (_name, heads, target, local, message) => {
    const decision = decideFollow(ours(heads), targetOf(target), local)
    expect(decision.case).toBe('refused')
    expect(decision.heads).toEqual(headsOf(heads))
    expect(decision.adopted).toBe(false)
    expect(decision.refusal).toMatch(message)
  })

  it.each<[string, Row, readonly [string, string, string], LocalBlock, Row]>([
    ['ours stays', ['a1', 'a2', 'a2', 'a9'], ['0', '0', 'a6'], has('a6'), ['a1', 'a2', 'a6', 'a9']],
    [
      'ours is above local-safe',
      ['a1', 'a6', 'a6', 'a9'],
      ['0', '0', 'a4'],
      has('a4'),
      ['a1', 'a1', 'a4', 'a9'],
    ],
    [
      'ours is of another chain',
      ['a1', 'a4', 'a4', 'a9'],
      ['0', '0', 'b6'],
      has('a6'),
      ['a1', 'a1', 'b6', 'b6'],
    ],
  ])('a source that knows no safe block: %s', (_name, heads, target, local, expected) => {
    expect(decideFollow(ours(heads), targetOf(target), local).heads).toEqual(headsOf(expected))
  })
})

describe('decideFollow: while the execution engine syncs', () => {
  it.each<[string, string, Row, readonly [string, string, string], LocalBlock, string, Row, boolean]>([
    [
      'further than the target: the new target',
      'a0',
      ['a0', 'a0', 'a6', 'a6'],
      ['a0', 'a8', 'a8'],
      missing,
      'ahead',
      ['a0', 'a8', 'a8', 'a8'],
      false,
    ],
    [
      'the target again',
      'a0',
      ['a0', 'a0', 'a6', 'a6'],
      ['a2', 'a6', 'a6'],
      missing,
      'el-syncing',
      ['a2', 'a6', 'a6', 'a6'],
      false,
    ],
    [
      'the target again, while the engine has another block there still',
      'a7',
      ['a0', 'b6', 'b6', 'b6'],
      ['a0', 'b6', 'b6'],
      has('a6'),
      'el-syncing',
      ['a0', 'b6', 'b6', 'b6'],
      false,
    ],
    [
      'below a gossiped target',
      'a0',
      ['a0', 'a0', 'a0', 'a9'],
      ['a2', 'a6', 'a6'],
      missing,
      'el-syncing',
      ['a2', 'a6', 'a6', 'a9'],
      false,
    ],
    [
      'below a gossiped target, and there already',
      'a0',
      ['a0', 'a0', 'a0', 'a9'],
      ['a2', 'a6', 'a6'],
      has('a6'),
      'consolidated',
      ['a2', 'a6', 'a6', 'a6'],
      false,
    ],
    [
      'another block at the height of the target',
      'a0',
      ['a0', 'a0', 'a6', 'a6'],
      ['a0', 'b6', 'b6'],
      missing,
      'reorged',
      ['a0', 'b6', 'b6', 'b6'],
      false,
    ],
    [
      'the source took its target back, to what we have',
      'a5',
      ['a0', 'z9', 'z9', 'z9'],
      ['a0', 'a4', 'a4'],
      has('a4'),
      'consolidated',
      ['a0', 'a4', 'a4', 'a5'],
      true,
    ],
    [
      'the source took its target back, and says what we have at that height',
      'a7',
      ['a0', 'z6', 'z6', 'z6'],
      ['a0', 'a6', 'a6'],
      has('a6'),
      'consolidated',
      ['a0', 'a6', 'a6', 'a7'],
      true,
    ],
    [
      'the source took its target back, and says more that we have',
      'a9',
      ['a0', 'z6', 'z6', 'z6'],
      ['a0', 'a8', 'a8'],
      has('a8'),
      'consolidated',
      ['a0', 'a8', 'a8', 'a9'],
      true,
    ],
    [
      'further than the target, where we have another chain',
      'a9',
      ['a0', 'z6', 'z6', 'z6'],
      ['a0', 'z8', 'z8'],
      has('a8'),
      'ahead',
      ['a0', 'z8', 'z8', 'z8'],
      false,
    ],
    [
      'the source took its target back, to more than we have',
      'a0',
      ['a0', 'z9', 'z9', 'z9'],
      ['a0', 'a6', 'a6'],
      missing,
      'ahead',
      ['a0', 'a6', 'a6', 'a6'],
      false,
    ],
  ])('%s', (_name, unsafe, syncTarget, target, local, followCase, expected, leavesSync) => {
    const state = ours(['a0', 'a0', 'a0', unsafe], headsOf(syncTarget))
    const decision = decideFollow(state, targetOf(target), local)
    expect(decision.case).toBe(followCase)
    expect(decision.heads).toEqual(headsOf(expected))
    expect(decision.leavesSync).toBe(leavesSync)
  })
})

describe('decideFollow: a source that was not asked for its chain', () => {
  const heads: Row = ['a1', 'a2', 'a2', 'a5']
  it.each<[string, readonly [string, string, string], LocalBlock, string]>([
    ['a few blocks ahead', ['a1', 'a8', 'a8'], missing, 'ahead'],
    ['far ahead', ['a1', 'a9', 'a9'], missing, 'unconfirmed'],
    ['another chain', ['a1', 'b4', 'b4'], has('a4'), 'unconfirmed'],
    ['our chain', ['a1', 'a4', 'a4'], has('a4'), 'consolidated'],
  ])('%s', (_name, target, local, expected) => {
    const decision = decideFollow(ours(heads), targetOf(target), local, false)
    expect(decision.case).toBe(expected)
    if (expected === 'unconfirmed') expect(decision.heads).toEqual(headsOf(heads))
    expect(decideFollow(ours(heads), targetOf(target), local, true).case).not.toBe('unconfirmed')
  })
})

describe('followNeedsLocalBlock', () => {
  it.each<[string, Row, string, boolean]>([
    ['ahead of us', ['a1', 'a2', 'a2', 'a5'], 'a6', false],
    ['at our head', ['a1', 'a2', 'a2', 'a5'], 'a5', true],
    ['behind our head', ['a1', 'a2', 'a2', 'a5'], 'a4', true],
    ['we know nothing', ['0', '0', '0', '0'], 'a0', false],
  ])('%s', (_name, heads, localSafe, expected) => {
    expect(followNeedsLocalBlock(ours(heads), targetOf(['0', '0', localSafe]))).toBe(expected)
  })
})
