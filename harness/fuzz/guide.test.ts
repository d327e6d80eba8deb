import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { isHostileFault } from '../faults/hostile-faults.ts'
import { createCombinations } from './combinations.ts'
import { drawCase } from './draw-case.ts'
import { createGuide } from './guide.ts'
import { incidentNames } from './incidents.ts'
import { isDrawn, lineageOf, parentOf } from './lineage.ts'

const isOfIncident = (seed: string) => !isDrawn(lineageOf(seed)[0]!)

/** What a campaign runs, with so many at a time, ended in that order. */
async function campaign(
  jobs: number,
  last: 'first' | 'last' = 'first',
  { first = 1_001, seeds = 100 } = {},
): Promise<string[]> {
  const guide = createGuide(first, seeds, { index: 1, count: 1 })
  const ran: string[] = []
  const lane = async () => {
    for (let seed = await guide.next(); seed !== null; seed = await guide.next()) {
      ran.push(seed)
      // Every third drawn seed comes by something of its own, and what changes one by nothing new.
      const isNew = parentOf(seed) === null && Number(seed) % 3 === 0
      await (last === 'last' ? new Promise((resolve) => setImmediate(resolve)) : undefined)
      guide.add({ seed, combinations: isNew ? [seed] : ['usual'], failed: false })
    }
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  return ran
}

describe('a guided campaign', () => {
  it('changes what came by something new, and draws the rest', async () => {
    const ran = await campaign(1)
    expect(ran).toHaveLength(100)
    expect(ran.slice(0, 24).every((seed) => parentOf(seed) === null || isOfIncident(seed))).toBe(true)
    const changed = ran.filter((seed) => parentOf(seed) !== null && !isOfIncident(seed))
    expect(changed.length).toBeGreaterThan(20)
    const kept = new Set(changed.map((seed) => parentOf(seed)))
    // The first run of all has come by what is usual.
    expect([...kept].every((seed) => seed === ran[0] || Number(seed) % 3 === 0)).toBe(true)
  })

  it('begins with the known incidents as they are, also once something is kept', async () => {
    const names = incidentNames()
    // A round of 24 runs comes before them.
    const ran = await campaign(1, 'first', { first: -23, seeds: 24 + names.length })
    expect(ran.slice(24)).toEqual(names)
  })

  it('gives the same seeds, however many run at once', async () => {
    expect((await campaign(5, 'last')).toSorted()).toEqual((await campaign(1)).toSorted())
  })

  it('gives shards that share no number and leave none out', async () => {
    const numbers: number[] = []
    for (const index of [1, 2, 3]) {
      const guide = createGuide(1_100, 50, { index, count: 3 })
      for (let seed = await guide.next(); seed !== null; seed = await guide.next()) {
        numbers.push(Number(lineageOf(seed).at(-1)))
        guide.add({ seed, combinations: [seed], failed: false })
      }
    }
    expect(numbers.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, at) => 1_100 + at))
  })

  it('ends for whoever waits for the next round', async () => {
    const guide = createGuide(1, 100, { index: 1, count: 1 })
    for (let count = 0; count < 24; count++) await guide.next()
    const waiting = guide.next()
    guide.end()
    expect(await waiting).toBeNull()
  })
})

describe('the seed of a changed run', () => {
  it('says all of it', () => {
    const one = drawCase('7~8~9')
    expect(one).toEqual(drawCase('7~8~9'))
    expect(one.topology).toEqual(drawCase('7').topology)
    expect(one.deeds).not.toEqual(drawCase('7~8').deeds)
    expect(one.name).toBe('seed-7-8-9')
    expect(one.deeds.map(({ atMs }) => atMs)).toEqual(
      one.deeds.map(({ atMs }) => atMs).toSorted((a, b) => a - b),
    )
  })

  it('never puts two deeds on one component at a time', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { deeds } = drawCase(`${seed}~${seed + 1}~${seed + 2}~${seed + 3}`)
      const until = new Map<string, number>()
      for (const deed of deeds) {
        if (deed.kind !== 'fault' || deed.point.includes('→') || isHostileFault(deed.fault)) continue
        expect(deed.atMs, `seed ${seed}`).toBeGreaterThanOrEqual(until.get(deed.point) ?? 0)
        until.set(deed.point, deed.atMs + (deed.forMs ?? 0))
      }
    }
  })
})

describe('the combinations that a run comes by', () => {
  const reach = (mark: string, node: string): WorldEvent => ({ kind: 'reach', mark, node, seq: 0, t: 0 })
  it('are of each node, with what it went through before', () => {
    const combinations = createCombinations()
    const events = [
      reach('follow case 3', 'a'),
      reach('reset by L1 reorg', 'b'),
      reach('dropped_replay', 'a'),
      reach('dropped_replay', 'a'),
      reach('sequencing held', 'a'),
    ]
    for (const event of events) combinations.add(event)
    expect(combinations.all).toEqual([
      'follow case 3||dropped_replay|sequencing held|',
      'follow case 3||dropped_replay||',
      'follow case 3||||',
      '|reset by L1 reorg|||',
    ])
  })
})
