import { describe, expect, it } from 'vitest'
import { formatCase, parseCase } from '../cases/case.ts'
import { drawCase } from './draw-case.ts'
import { incidentNames, readIncident } from './incidents.ts'
import { isDrawn, lineageOf } from './lineage.ts'
import { createRoots, createSeeds } from './seeds.ts'

const seeds = Array.from({ length: 800 }, (_, index) => createRoots()(index + 1))
const ofIncidents = seeds.filter((seed) => !isDrawn(lineageOf(seed)[0]!))

describe('the seeds of a campaign', () => {
  it('are numbers that are drawn, and a quarter known incidents, each of them', () => {
    expect(seeds.filter((seed) => !ofIncidents.includes(seed)).every(isDrawn)).toBe(true)
    expect(ofIncidents.length).toBeGreaterThan(160)
    expect(ofIncidents.length).toBeLessThan(240)
    expect([...new Set(ofIncidents.map((seed) => lineageOf(seed)[0]))].sort()).toEqual(incidentNames())
  })

  it('go to one shard each', () => {
    const given = [1, 2, 3].flatMap((index) => {
      const next = createSeeds(1, 100, { index, count: 3 })
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
