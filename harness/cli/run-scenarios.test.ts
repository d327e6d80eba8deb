import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../node/adapters/files/package-root.ts'
import { createAcceptReporter } from './accept-reporter.ts'
import { type RunScenariosOptions, runScenarios } from './run-scenarios.ts'
import { settle } from './settled.ts'
import { suiteOf } from './suite.ts'

// Tests without a devstack: what is asked is which of them runs, how often, and when the run ends.
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-suite-'))
  mkdirSync(join(directory, 'scenarios'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const vitest = join(packageRoot, 'node_modules/vitest/dist/index.js')
function declare(name: string, body: string): void {
  writeFileSync(
    join(directory, `scenarios/${name}.test.ts`),
    `import { existsSync, writeFileSync } from 'node:fs'
import { test } from ${JSON.stringify(vitest)}
test('${name}', async ({ signal }) => { ${body} })
`,
  )
}
const once = (name: string) =>
  `const path = ${JSON.stringify(join(directory, name))}
if (!existsSync(path)) { writeFileSync(path, ''); throw new Error('not yet') }`
const untilStopped = `await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))`

async function run(names: readonly string[], options: Partial<RunScenariosOptions> = {}) {
  const reporter = createAcceptReporter({ output: { write: () => {} }, mode: 'plain', colour: false })
  const end = await runScenarios({
    suite: await suiteOf(directory),
    entries: names.map((name) => ({
      ...{
        name,
        file: `scenarios/${name}.test.ts`,
        claim: null,
        tags: [],
        topology: 't',
        slots: {},
        engines: [],
        limitMs: 0,
      },
    })),
    ...{ worlds: ['live'], rounds: 1, reporter, output: process.stderr, ...options },
  })
  return { end, outcomes: settle(reporter.outcomes()), running: reporter.interruptedWhile() }
}

describe('runScenarios', () => {
  it('runs what did not pass once more, and that alone', async () => {
    declare('Passes', '')
    declare('Flaky', once('flaky'))
    declare('Fails', `throw new Error('never')`)
    const { outcomes, end } = await run(['Passes', 'Flaky', 'Fails'], { retries: 1 })
    const found = outcomes.map(({ name, outcome, attempt }) => `${name} ${outcome} ${attempt}`)
    expect(found.sort()).toEqual(['Fails failed 2', 'Flaky flaky 2', 'Passes passed 1'])
    expect(end.ended).toBeNull()
  })

  it('ends at the failure that bail says, and what is stopped by that has not failed', async () => {
    declare('Fails', `throw new Error('never')`)
    declare('Waits', untilStopped)
    const { outcomes, end, running } = await run(['Fails', 'Waits'], { bail: 1 })
    expect(outcomes.map(({ name, outcome }) => `${name} ${outcome}`)).toEqual(['Fails failed'])
    expect(end.ended).toBe('bail')
    expect(running).not.toContain('Fails')
  })

  it('ends when the budget is used up, and says what ran', async () => {
    declare('Waits', untilStopped)
    const { outcomes, end, running } = await run(['Waits'], { budgetMs: 4_000 })
    expect(outcomes).toEqual([])
    expect(end.ended).toBe('budget')
    expect(running).toEqual(['Waits'])
  })
})
