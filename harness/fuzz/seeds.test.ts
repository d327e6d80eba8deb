import { describe, expect, it } from 'vitest'
import { formatCase, parseCase } from '../cases/case.ts'
import { drawCase } from './draw-case.ts'
import { incidentNames, readIncident } from './incidents.ts'
import { isDrawn, lineageOf } from './lineage.ts'
import { createRoots, createSeeds } from './seeds.ts'

const { rootOf, incidentAt } = createRoots()
const seeds = Array.from({ length: 800 }, (_, index) => rootOf(index + 1_001))
const ofIncidents = seeds.filter((seed) => !isDrawn(lineageOf(seed)[0]!))

describe('the seeds of a campaign', () => {
  it('are numbers that are drawn, and a quarter known incidents that are changed, each of them', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const given = Array.from({ length: 800 }, (_, index) => createRoots(names).rootOf(index + 1_001))
    const changed = given.filter((seed) => !isDrawn(seed))
    expect(changed.length).toBeGreaterThan(160)
    expect(changed.length).toBeLessThan(240)
    expect(changed.every((seed) => lineageOf(seed).length === 2)).toBe(true)
    expect([...new Set(changed.map((seed) => lineageOf(seed)[0]))].sort()).toEqual(names)
  })

  it('begin with the known incidents as they are', () => {
    const names = incidentNames()
    expect(names.map((_, index) => rootOf(index + 1))).toEqual(names)
    expect(names.map((_, index) => incidentAt(index + 1))).toEqual(names)
    expect(incidentAt(0)).toBeNull()
    expect(incidentAt(names.length + 1)).toBeNull()
  })

  it('stay what they were when one more incident is known, but for those that change it', () => {
    const names = ['a', 'b', 'c', 'd', 'e']
    const before = createRoots(names)
    const after = createRoots(['0', ...names])
    const changed = seeds.flatMap((_, index) => {
      const [was, is] = [before.rootOf(index + 1_001), after.rootOf(index + 1_001)]
      return was === is ? [] : [is]
    })
    expect(changed.length).toBeGreaterThan(0)
    expect(changed.every((seed) => lineageOf(seed)[0] === '0')).toBe(true)
  })

  it('are all drawn when no incident is known', () => {
    expect(seeds.map((_, index) => createRoots([]).rootOf(index + 1)).every(isDrawn)).toBe(true)
  })

  it('go to one shard each', () => {
    const given = [1, 2, 3].flatMap((index) => {
      const next = createSeeds(1_001, 100, { index, count: 3 })
      return [...Array(40)].flatMap(() => next() ?? [])
    })
    expect(given.toSorted()).toEqual(seeds.slice(0, 100).toSorted())
  })
})

describe('the seed of an incident', () => {
  it('says all of it: that world, changed, with nothing known of what it violates', () => {
    for (const seed of ofIncidents.slice(0, 60)) {
      const one = drawCase(seed)
      const incident = readIncident(lineageOf(seed)[0]!)
      expect(one).toEqual(drawCase(seed))
      expect(one).toMatchObject({ topology: incident.topology, parameters: incident.parameters, seed })
      expect(one.violates).toBeNull()
      expect(one.mutant).toBeUndefined()
      expect(parseCase(formatCase(one), one.name)).toEqual(one)
    }
  })
})
