import { describe, expect, it } from 'vitest'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import { selectScenarios } from './select-scenarios.ts'

const entry = (name: string, file: string, ...tags: string[]): CatalogueEntry => ({
  ...{ name, file: `scenarios/${file}.test.ts`, tags },
  ...{ claim: null, topology: 't', slots: {}, limitMs: 1 },
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
    { filters: ['WithoutCLP2P'], tags: ['slow'], error: 'both the name and the tag' },
  ])('refuses $filters with the tags $tags', ({ filters, tags, error }) => {
    expect(() => names(filters, tags)).toThrow(error)
  })
})
