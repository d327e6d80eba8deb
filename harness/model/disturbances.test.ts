import { describe, expect, it } from 'vitest'
import type { Fact } from '../events/event.ts'
import { createDisturbances } from './disturbances.ts'

const fault = (action: 'install' | 'hit' | 'remove', point: string, id = 1): Fact =>
  action === 'install'
    ? { kind: 'fault', id, point, fault: 'hang', action, json: { fault: 'hang' } }
    : { kind: 'fault', id, point, fault: 'hang', action, hits: 1 }

const hostile = (...actions: readonly ('install' | 'hit' | 'remove')[]): readonly Fact[] =>
  actions.map((action): Fact => {
    const what = { kind: 'fault', id: 7, point: 'hostile', fault: 'wrongHash, 2 times', action } as const
    return action === 'install' ? { ...what, json: { fault: 'wrongHash', when: [{ times: 2 }] } } : what
  })

/** When the follower was disturbed last, after these facts at 1 000, 2 000, … */
function after(...facts: readonly Fact[]): number {
  const disturbances = createDisturbances()
  facts.forEach((fact, index) => {
    disturbances.add({ seq: index, t: 1_000 * (index + 1), ...fact })
  })
  return disturbances.lastMs('follower')
}

describe('what disturbs a node', () => {
  it.each<[string, readonly Fact[], number]>([
    ['nothing', [], 0],
    ['a fault that stands on its link', [fault('install', 'follower→l1')], Number.POSITIVE_INFINITY],
    ['one that stood there', [fault('install', 'follower→l1'), fault('remove', 'follower→l1')], 2_000],
    ['not one on the link of another', [fault('install', 'reference→l1')], 0],
    ['a fault of any component', [fault('install', 'reference-el')], Number.POSITIVE_INFINITY],
    ['gossip that is cut', [fault('install', 'sequencer↔reference')], Number.POSITIVE_INFINITY],
    ['not what a hostile peer sends', [...hostile('install', 'hit', 'remove'), ...hostile('install')], 0],
    ['any component that ends', [{ kind: 'component', component: 'reference', action: 'kill' }], 1_000],
    ['an L1 reorg', [{ kind: 'l1-reorg', orphaned: [], replaced: [] }], 1_000],
    ['an operator', [{ kind: 'reach', mark: 'reset by admin', node: 'follower' }], 1_000],
    ['not the operator of another', [{ kind: 'reach', mark: 'reset by admin', node: 'reference' }], 0],
    ['not what it does itself', [{ kind: 'reach', mark: 'reset by L1 reorg', node: 'follower' }], 0],
    // Campaign, seed 930511~931656: at one call a second it took it 16 s to learn of a reorg.
    [
      'a refusal to be asked so often, which it heeds after that too',
      [
        { ...fault('hit', 'follower→l1'), fault: 'status(429), with probability 0.6' } as Fact,
        fault('remove', 'follower→l1'),
      ],
      21_000,
    ],
  ])('%s', (_, facts, expected) => {
    expect(after(...facts)).toBe(expected)
  })
})
