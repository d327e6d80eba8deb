import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { Violation } from '../cases/case.ts'
import { lineageOf } from '../fuzz/lineage.ts'
import { type CampaignFile, mergeOutcomes, readCampaign } from './campaign-file.ts'
import type { Mutant } from './mutant.ts'
import { campaignJson, campaignTable } from './print-campaign.ts'
import { runCampaigns } from './run-campaign.ts'
import type { Trials } from './trials.ts'

const directory = await mkdtemp(join(tmpdir(), 'lockstep-campaign-'))
afterAll(() => rm(directory, { recursive: true, force: true }))
const mutantOf = (name: string): Mutant => ({
  ...{ name, find: '', rule: '', source: '', file: '', replace: '', killers: [] },
})
const violation: Violation = { reason: 'invariant heads-ordered', found: 'a head' }

/** A node whose rule `odd` is come by in odd seeds alone; breaking it shows from the fifth on. The fourth violates by itself. */
function campaign(file: string, seeds: number, code = 'a', shownFrom = 5) {
  const ran: string[] = []
  const trialsOf = (mutant: string | null): Trials => ({
    async run({ seed }) {
      const number = Number(lineageOf(seed).at(-1)) - 1_000
      ran.push(`${mutant ?? 'whole'} ${number}`)
      if (mutant === null)
        return {
          violation: number === 4 ? violation : null,
          ...{ virtualMs: 1, reached: number % 2 === 1 ? ['odd', 'never-seen'] : ['never-seen'] },
        }
      return {
        violation: mutant === 'odd' && number >= shownFrom ? violation : null,
        virtualMs: 1,
        reached: [],
      }
    },
    async close() {},
  })
  const running = runCampaigns({
    mutants: ['odd', 'never-seen', 'not-reached'].map(mutantOf),
    ...{
      file: join(directory, file),
      known: readCampaign(join(directory, file), code, 1_001),
      seeds,
      jobs: 1,
    },
    ...{ shrinks: false, endMs: Number.POSITIVE_INFINITY, signal: new AbortController().signal },
    ...{ onProgress: () => {}, onOutcome: () => {}, trialsOf },
  })
  return { ran, running }
}
const shownOf = ({ outcomes }: CampaignFile) =>
  Object.fromEntries(outcomes.map((one) => [one.mutant, [one.outcome, one.seeds, one.reached]]))

describe('a campaign over mutants', () => {
  it('runs a mutant on the seeds alone that come by its rule, until it is found', async () => {
    const { ran, running } = campaign('once.json', 8)
    expect(shownOf(await running)).toEqual({
      odd: ['found', 5, 3],
      'never-seen': ['not found', 8, 8],
      'not-reached': ['not found', 8, 0],
    })
    expect(ran.filter((one) => one.startsWith('odd'))).toEqual(['odd 1', 'odd 3', 'odd 5'])
    // What the whole node violates says nothing of a mutant.
    expect(ran).not.toContain('never-seen 4')
    expect(ran.some((one) => one.startsWith('not-reached'))).toBe(false)
  })

  it('tries all with few seeds before it tries any with many', async () => {
    const { ran, running } = campaign('deep.json', 20, 'a', 12)
    await running
    const tried = ran.filter((one) => !one.startsWith('whole'))
    // The fifth seed that comes by a rule is for those that the first four did not show.
    expect(tried.indexOf('never-seen 3')).toBeLessThan(tried.indexOf('odd 9'))
    expect(tried.indexOf('odd 9')).toBeLessThan(tried.indexOf('never-seen 6'))
    expect(tried).toContain('never-seen 20')
    expect(new Set(tried).size).toBe(tried.length)
  })

  it('tells of those that it does not try', () => {
    const unseen = [
      { mutant: 'one', reason: 'nobody does that' },
      { mutant: 'other', reason: 'nobody does that' },
    ]
    expect(campaignTable([], unseen)).toContain(
      '2 that no simulated world can show:\n  one, other: nobody does that\n',
    )
    expect(JSON.parse(campaignJson([], unseen))).toEqual(unseen.map((one) => ({ ...one, outcome: 'unseen' })))
  })

  it('goes on where the file ends', async () => {
    expect(shownOf(await campaign('twice.json', 4).running)['odd']).toEqual(['not found', 4, 2])
    const { ran, running } = campaign('twice.json', 6)
    expect(shownOf(await running)['odd']).toEqual(['found', 5, 3])
    expect(ran).not.toContain('odd 3')
    expect(ran).not.toContain('whole 1')
  })

  it('looks again with other code, at what was found alone where that still shows it', async () => {
    await campaign('changed.json', 6).running
    const { ran, running } = campaign('changed.json', 6, 'b')
    const known = await running
    expect(known.outcomes.every(({ code }) => code === 'b')).toBe(true)
    expect(ran.filter((one) => one.startsWith('odd'))).toEqual(['odd 5'])
    expect(ran).toContain('whole 1')
  })

  it('is summed up over files, as a table and as JSON', async () => {
    const files = [await campaign('few.json', 4).running, await campaign('many.json', 6).running]
    const outcomes = mergeOutcomes(files)
    const table = campaignTable(outcomes)
    expect(table).toMatch(/^odd +found +5 +3 +\d+ faults, \d nodes +invariant heads-ordered$/m)
    expect(table).toContain('1 of 3 mutants found')
    expect(JSON.parse(campaignJson(outcomes))).toContainEqual(
      expect.objectContaining({ mutant: 'odd', seeds: 5, violates: violation }),
    )
  })
})
