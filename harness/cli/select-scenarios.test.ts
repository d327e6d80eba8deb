import { describe, expect, it } from 'vitest'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import { type ScenarioFilter, selectScenarios } from './select-scenarios.ts'

const entry = (name: string, file: string, ...tags: string[]): CatalogueEntry => ({
  ...{ name, file: `scenarios/${file}.test.ts`, tags },
  ...{ claim: null, topology: 't', slots: {}, engines: [], limitMs: 1 },
})
const catalogue = [
  entry('FollowL2_ReorgRecovery', 'follow-l2/reorg-recovery', 'follow', 'l1-reorg'),
  entry('FollowL2_WithoutCLP2P', 'follow-l2/without-cl-p2p', 'follow'),
  entry('FollowL2_ReorgRecovery_UnderLoad', 'l1-reorg/under-load', 'follow', 'l1-reorg'),
  entry('L1Reorg_Deep', 'l1-reorg/deep', 'l1-reorg', 'slow'),
]
const names = (filters: string[], tags: string[] = []) =>
  selectScenarios(catalogue, { filters, tags }).map(({ name }) => name)

describe('selectScenarios', () => {
  it.each([
    { filters: [], tags: [], found: [0, 1, 2, 3] },
    { filters: ['follow-l2/'], tags: [], found: [0, 1] },
    { filters: ['withoutclp2p'], tags: [], found: [1] },
    { filters: ['followl2_reorgrecovery'], tags: [], found: [0] },
    { filters: ['ReorgRec'], tags: [], found: [0, 2] },
    { filters: ['deep', 'WithoutCLP2P', 'deep'], tags: [], found: [1, 3] },
    { filters: [], tags: ['slow'], found: [3] },
    { filters: [], tags: ['slow', 'follow'], found: [0, 1, 2, 3] },
    { filters: ['l1-reorg/'], tags: ['follow'], found: [2] },
  ])('$filters with the tags $tags', ({ filters, tags, found }) => {
    expect(names(filters, tags)).toEqual(found.map((index) => catalogue[index]?.name))
  })

  it.each([
    { filters: ['FollowL2_ReorgRecoverie'], tags: [], error: 'did you mean FollowL2_ReorgRecovery?' },
    { filters: ['deep', 'nothing like it'], tags: [], error: 'no scenario matches "nothing like it"' },
    { filters: [], tags: ['gosip'], error: 'there are follow, l1-reorg, slow' },
    { filters: ['WithoutCLP2P'], tags: ['slow'], error: 'no scenario is all of that: WithoutCLP2P, slow' },
  ])('refuses $filters with the tags $tags', ({ filters, tags, error }) => {
    expect(() => names(filters, tags)).toThrow(error)
  })

  it('takes a regular expression, and the names of the last failures', () => {
    const select = (filter: Partial<ScenarioFilter>) =>
      selectScenarios(catalogue, { filters: [], tags: [], ...filter }).map(({ name }) => name)
    expect(select({ grep: /^l1reorg_/i })).toEqual(['L1Reorg_Deep'])
    expect(select({ names: ['L1Reorg_Deep', 'FollowL2_WithoutCLP2P'], grep: /follow/i })).toEqual([
      'FollowL2_WithoutCLP2P',
    ])
    expect(() => select({ grep: /nothing/ })).toThrow('no scenario is all of that: /nothing/')
  })

  it.each([1, 2, 3, 4])('cuts into %i parts that are the whole together', (of) => {
    const parts = Array.from({ length: of }, (_, index) =>
      selectScenarios(catalogue, { filters: [], tags: [], shard: { index: index + 1, of } }),
    )
    expect(new Set(parts.flat())).toEqual(new Set(catalogue))
    expect(parts.flat()).toHaveLength(catalogue.length)
    const sizes = parts.map(({ length }) => length)
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThan(2)
  })

  it('refuses more parts than scenarios', () => {
    expect(() =>
      selectScenarios(catalogue, { filters: [], tags: ['slow'], shard: { index: 2, of: 2 } }),
    ).toThrow('expected at most 1 parts of 1 scenarios, found 2')
  })
})
