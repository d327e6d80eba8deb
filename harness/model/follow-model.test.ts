import { describe, expect, it } from 'vitest'
import { judgeStep, type Step, type Told } from './follow-model.ts'

/** Blocks `a1` to `a9` are one chain, `b6` to `b9` another one on `a5`. */
const numberOf = (hash: string) => Number(hash.slice(3))
const chainOf = (hash: string) => hash[2]
const ancestry: Step['ancestry'] = (lower, higher) => {
  if (numberOf(lower) > numberOf(higher)) return 'no'
  return chainOf(lower) === chainOf(higher) || numberOf(lower) <= 5 ? 'yes' : 'no'
}
const told = (localSafe: string, currentL1: number, isApplied = true): Told => {
  const block = { number: numberOf(localSafe), hash: localSafe }
  return {
    ...{ localSafe: block, crossSafe: block, isApplied, isMark: true },
    currentL1: { number: currentL1, hash: `0x${currentL1}` },
  }
}
const step = (given: Partial<Step> & Pick<Step, 'from' | 'to'>): Step => ({
  ...{ told: [], goesBack: false, restarted: false, grewOn: null, isOnL1: () => true, ancestry, numberOf },
  ...given,
})

describe('the model of follow mode', () => {
  it.each<[string, Partial<Step> & Pick<Step, 'from' | 'to'>, string | null]>([
    ['grows', { from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xa8', safe: '0xa3' } }, null],
    [
      'safe becomes what was told',
      {
        from: { unsafe: '0xa7', safe: '0xa3' },
        to: { unsafe: '0xa7', safe: '0xa4' },
        told: [told('0xa4', 2)],
      },
      null,
    ],
    [
      'safe becomes what nobody told',
      {
        from: { unsafe: '0xa7', safe: '0xa3' },
        to: { unsafe: '0xa7', safe: '0xa5' },
        told: [told('0xa4', 2)],
      },
      'safe-moves',
    ],
    [
      'a replay: lower safe at an older L1 block',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        told: [told('0xa5', 10), told('0xa3', 6)],
      },
      'no-replay',
    ],
    [
      'lower safe at the same L1 block',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        told: [told('0xa5', 10), told('0xa3', 10)],
      },
      'no-replay',
    ],
    [
      'lower safe at the same L1 block, by a follower that was started since',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        ...{ told: [told('0xa5', 10), told('0xa3', 10)], restarted: true },
      },
      null,
    ],
    [
      'a replay, by a follower that was started since',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        ...{ told: [told('0xa5', 10), told('0xa3', 6)], restarted: true },
      },
      'no-replay',
    ],
    [
      'lower safe at a newer L1 block',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        told: [told('0xa5', 10), told('0xa3', 11)],
      },
      null,
    ],
    // Campaign, seed 750063: the source had derived a batch from the block that L1 replaced.
    [
      'lower safe at an older L1 block, where L1 has replaced the newest',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa4' } },
        ...{
          told: [told('0xa4', 9), told('0xa5', 10), told('0xa4', 6)],
          isOnL1: ({ number }) => number < 10,
        },
      },
      null,
    ],
    [
      'lower safe than what was applied before the L1 block that was replaced',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        ...{
          told: [told('0xa4', 9), told('0xa5', 10), told('0xa3', 6)],
          isOnL1: ({ number }) => number < 10,
        },
      },
      'no-replay',
    ],
    [
      'lower safe than what was told, and never applied, before the L1 block that was replaced',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        told: [told('0xa4', 9, false), told('0xa5', 10), told('0xa3', 6)],
        isOnL1: ({ number }) => number < 10,
      },
      null,
    ],
    [
      'a replay, where L1 has replaced another block',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa5' }, to: { unsafe: '0xa7', safe: '0xa3' } },
        ...{ told: [told('0xa5', 10), told('0xa3', 6)], isOnL1: ({ number }) => number < 11 },
      },
      'no-replay',
    ],
    [
      'case 4: another chain, as told',
      {
        from: { unsafe: '0xa7', safe: '0xa3' },
        to: { unsafe: '0xb7', safe: '0xb7' },
        told: [told('0xb7', 3)],
      },
      null,
    ],
    [
      'another chain that nobody told',
      { from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xb7', safe: '0xa3' } },
      'unsafe-moves',
    ],
    // Campaign, seed 840517~841332: the engine had synced to a chain of its peers that the source did not derive.
    [
      'back below what the source says, when that contradicts the head',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xa5', safe: '0xa3' } },
        told: [told('0xb6', 3)],
      },
      null,
    ],
    [
      'back above what the source says',
      {
        ...{ from: { unsafe: '0xa9', safe: '0xa3' }, to: { unsafe: '0xa8', safe: '0xa3' } },
        told: [told('0xb6', 3)],
      },
      'unsafe-moves',
    ],
    // Campaign, seed 890044~890060~890516: it had grown on what was before it.
    [
      'back below what the source says, and on from there with a block of a peer',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xc6', safe: '0xa3' } },
        ...{ told: [told('0xb6', 4)], grewOn: '0xa5' },
      },
      null,
    ],
    [
      'back below what the source says, and on from there with what nobody gave it',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xc6', safe: '0xa3' } },
        ...{ told: [told('0xb6', 4)] },
      },
      'unsafe-moves',
    ],
    [
      'back below what the source says, and on from another chain',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xc7', safe: '0xa3' } },
        ...{ told: [told('0xb7', 4)], grewOn: '0xc6' },
      },
      'unsafe-moves',
    ],
    [
      'back below what the source said before its last word',
      {
        ...{ from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xa5', safe: '0xa3' } },
        told: [told('0xb6', 3), told('0xa6', 4)],
      },
      'unsafe-moves',
    ],
    [
      'back along its own chain',
      { from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xa5', safe: '0xa3' } },
      'unsafe-moves',
    ],
    [
      'back along its own chain after a reset',
      { from: { unsafe: '0xa7', safe: '0xa3' }, to: { unsafe: '0xa5', safe: '0xa2' }, goesBack: true },
      null,
    ],
  ])('%s', (_, given, rule) => {
    expect(judgeStep(step(given))?.rule ?? null).toBe(rule)
  })
})
