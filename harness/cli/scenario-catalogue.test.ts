import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { scenarioCatalogue, selectScenarios } from './scenario-catalogue.ts'

const catalogue = scenarioCatalogue(fileURLToPath(new URL('../..', import.meta.url)))
const names = (filter?: string) => selectScenarios(catalogue, filter).map(({ name }) => name)

describe('the scenario catalogue', () => {
  it('finds the scenarios by reading their files', () => {
    expect(catalogue).toContainEqual({
      name: 'FollowL2_WithoutCLP2P',
      file: 'scenarios/follow-l2/without-cl-p2p.test.ts',
    })
    expect(names()).toHaveLength(catalogue.length)
  })

  it('selects by folder, by part of a name, and by a whole name alone', () => {
    expect(names('follow-l2')).toEqual(
      catalogue.filter(({ file }) => file.startsWith('scenarios/follow-l2/')).map(({ name }) => name),
    )
    expect(names('withoutclp2p')).toEqual(['FollowL2_WithoutCLP2P'])
    expect(names('FollowL2_ReorgRecovery')).toEqual(['FollowL2_ReorgRecovery'])
    expect(names('ReorgRecovery').length).toBeGreaterThan(1)
    expect(names('no such thing')).toEqual([])
  })
})
