import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRunningScenario, progressLine, viewOf } from './running-scenario.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-running-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

describe('a running scenario', () => {
  it('says in one line how long, in which step, and for what it waits', async () => {
    let now = 1_000
    const scenario = createRunningScenario('L1Reorg_Deep', () => now)
    now += 15_400
    expect(progressLine(scenario)).toBe('  L1Reorg_Deep: after 15 s: boots')

    const block = (number: number) => ({ number, hash: `0x${'00'.repeat(32)}` })
    const facts = [
      { kind: 'booted', durationMs: 3_000 },
      { kind: 'head', node: 'follower', level: 'unsafe', block: block(12) },
      { kind: 'step', step: 'reorg L1', action: 'start' },
      { kind: 'wait', id: 1, what: 'follower: localSafe reaches 9', action: 'start' },
      { kind: 'wait', id: 2, what: 'reference: localSafe reaches 9', action: 'start' },
    ]
    writeFileSync(
      join(directory, 'timeline.ndjson'),
      facts.map((fact, seq) => `${JSON.stringify({ seq, t: 0, ...fact })}\n`).join(''),
    )
    scenario.follow(directory)
    expect(await scenario.catchUp()).toEqual(['booted (3.0 s)'])
    expect(progressLine(scenario)).toBe(
      '  L1Reorg_Deep: after 15 s: reorg L1; waits for follower: localSafe reaches 9 and 1 more; unsafe/localSafe follower 12/-; L1 -',
    )
    expect(viewOf(scenario, '*').slice(0, 2)).toEqual([
      '* L1Reorg_Deep  15.4 s  reorg L1',
      '    waits for follower: localSafe reaches 9',
    ])
  })

  it('that writes no file tells itself how far it is, and under which of many seeds', async () => {
    const scenario = createRunningScenario('Simulated', () => 0)
    const events = [
      { seq: 0, t: 0, kind: 'booted', durationMs: 1_000 },
      { seq: 1, t: 0, kind: 'step', step: 'reorg L1', action: 'start' },
      { seq: 2, t: 0, kind: 'wait', id: 1, what: 'follower: localSafe reaches 9', action: 'start' },
      { seq: 3, t: 0, kind: 'reach', mark: 'follow case 3', node: 'follower' },
    ] as const
    scenario.take({ events })
    // Its directory is known when it has ended, with a timeline of the same.
    scenario.follow(directory)
    expect([await scenario.catchUp(), await scenario.catchUp()]).toEqual([['booted (1.0 s)'], []])
    expect(progressLine(scenario)).toBe(
      '  Simulated: after 0 s: reorg L1; waits for follower: localSafe reaches 9',
    )
    expect([scenario.runDirectory, ...scenario.progress.reached]).toEqual([directory, 'follow case 3'])

    const run = {
      kind: 'run',
      version: 1,
      runId: 'sim-8',
      scenario: 'S',
      topology: 't',
      clients: {},
      runnerPid: 0,
    }
    const next = { ...run, seq: 0, t: 0, startedAt: '', parameters: {} } as never
    scenario.take({ seed: '8', events: [next, events[0]] })
    expect(await scenario.catchUp()).toEqual([])
    expect(progressLine(scenario)).toBe('  Simulated: after 0 s: seed 8: runs')
    expect([...scenario.progress.reached]).toEqual(['follow case 3'])
  })
})
