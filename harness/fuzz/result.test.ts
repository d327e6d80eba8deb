import { describe, expect, it } from 'vitest'
import { drawCase } from './draw-case.ts'
import { addRun, emptyResult, mergeResults, type RunResult } from './result.ts'
import { createSeeds } from './seeds.ts'

const run = (seed: string, marks: string[], fails = false): RunResult => ({
  ...{ seed, engine: 'model', virtualMs: 10, wallMs: 2, deeds: 3, hits: 1, marks, combinations: [] },
  failure: fails ? { ...drawCase(seed, 10_000), violates: { reason: 'convergence', found: 'no' } } : null,
})

describe('the results of campaigns', () => {
  it('merge to the same in any order', () => {
    const runs = [run('3', ['x @ a', 'x @ b'], true), run('1', ['y @ a'], true), run('2', ['x @ a'])]
    const sum = runs.reduce(addRun, emptyResult)
    expect(sum).toMatchObject({ runs: 3, virtualMs: 30, deeds: 9, hits: 3, marks: { x: 2, y: 1 } })
    expect(sum.failures.map(({ seed }) => seed)).toEqual(['1', '3'])
    const parts = runs.map((one) => addRun(emptyResult, one))
    expect(parts.toReversed().reduce(mergeResults, emptyResult)).toEqual(sum)
  })

  it('come from shards that share no seed and leave none out', () => {
    const all = [1, 2, 3].flatMap((index) => {
      const next = createSeeds(10_001, 10, { index, count: 3 })
      return Array.from({ length: 11 }, next).filter((seed) => seed !== null)
    })
    // A world that is drawn has the number for a seed; an incident that is changed, its name before it.
    const numbers = all.map((seed) => Number(seed.split('~').at(-1)))
    expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, index) => 10_001 + index))
  })
})
