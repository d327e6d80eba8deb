import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Mutant } from './mutant.ts'
import { type MutantOutcome, runMutants } from './run-mutants.ts'
import { createWorkspaces } from './workspace.ts'

/** A source tree of one rule and its tests. */
const files = {
  'node/rule.ts':
    'export const isOld = (age: number) => age > 60\nexport const isNew = (age: number) => age < 5\n',
  'node/rule.test.ts': `import { expect, it } from 'vitest'
import { isNew, isOld } from './rule.ts'
it('knows what is old', () => expect([isOld(60), isOld(61)]).toEqual([false, true]))
it('looks away', () => expect(typeof isNew).toBe('function'))
`,
  'vitest.config.ts': `import { defineConfig } from 'vitest/config'
export default defineConfig({ test: { projects: [{ test: { name: 'unit', include: ['node/**/*.test.ts'] } }] } })
`,
  'package.json': '{ "type": "module" }',
  'tsconfig.json': '{}',
}

let home: string
let root: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'mutants-of-a-test-'))
  root = join(home, 'tree')
  for (const name of ['node', 'harness', 'scenarios', 'fixtures'])
    mkdirSync(join(root, name), { recursive: true })
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, name), text)
  symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(root, 'node_modules'))
})
afterEach(() => rmSync(home, { recursive: true }))

const mutant = (name: string, find: string, replace: string, ...tests: string[]): Mutant => ({
  name,
  rule: 'a rule',
  source: 'a page',
  file: 'node/rule.ts',
  find,
  replace,
  killers: tests.map((test) => ({ file: 'node/rule.test.ts', test })),
})

async function run(mutants: readonly Mutant[], signal = new AbortController().signal) {
  const workspaces = await createWorkspaces(root, home)
  const outcomes: MutantOutcome[] = []
  try {
    await runMutants({
      workspaces,
      mutants,
      jobs: 1,
      withScenarios: false,
      signal,
      onProgress: () => {},
      onOutcome: (outcome) => outcomes.push(outcome),
    })
  } finally {
    await workspaces.remove()
  }
  return outcomes
}

// Each mutant is a run of vitest of its own.
describe('running mutants', { timeout: 240_000 }, () => {
  it('tells who killed whom, who survived, and what could not be tried', async () => {
    const outcomes = await run([
      mutant('killed', 'age > 60', 'age > 59', 'knows what is old'),
      mutant('survives', 'age < 5', 'age < 50', 'looks away'),
      mutant('half seen', 'age > 60', 'age > 59', 'knows what is old', 'looks away'),
      mutant('gone', 'age > 70', 'age > 59', 'knows what is old'),
      mutant('no program', 'age > 60', 'age >', 'knows what is old'),
    ])
    expect(outcomes.map(({ outcome, killedBy, blind }) => [outcome, killedBy.length, blind.length])).toEqual([
      ['killed', 1, 0],
      ['survived', 0, 1],
      ['survived', 1, 1],
      ['error', 0, 0],
      ['error', 0, 0],
    ])
    expect(outcomes[0]?.killedBy).toEqual(['knows what is old'])
    expect(outcomes[3]?.error).toMatch(/expected its text once in node\/rule.ts, found it 0 times/)
    expect(outcomes[4]?.error).toMatch(/node\/rule.test.ts cannot be loaded/)
    expect(readFileSync(join(root, 'node/rule.ts'), 'utf8')).toBe(files['node/rule.ts'])
    expect(readdirSync(home)).toEqual(['tree'])
  })

  it.each([
    ['that does not exist', 'knows nothing', /node\/rule.test.ts: knows nothing: there is no such test/],
    ['that fails', 'knows what is old', /knows what is old fails on the unbroken tree/],
  ])('believes no killer %s', async (_, test, message) => {
    if (test === 'knows what is old')
      writeFileSync(join(root, 'node/rule.ts'), files['node/rule.ts'].replace('60', '61'))
    await expect(run([mutant('one', 'age < 5', 'age < 50', test)])).rejects.toThrow(message)
    expect(readdirSync(home)).toEqual(['tree'])
  })

  it('ends with its caller, and leaves nothing', async () => {
    const stop = new AbortController()
    const running = run([mutant('killed', 'age > 60', 'age > 59', 'knows what is old')], stop.signal)
    stop.abort(new Error('the test ends'))
    await expect(running).rejects.toThrow('the test ends')
    expect(readdirSync(home)).toEqual(['tree'])
  })

  it('removes what a run left that was killed, and nothing of one that runs', async () => {
    const orphan = join(home, 'lockstep-mutants-999999999-x')
    const alive = join(home, `lockstep-mutants-${process.ppid}-x`)
    for (const path of [orphan, alive]) mkdirSync(path)
    await (await createWorkspaces(root, home)).remove()
    expect([existsSync(orphan), existsSync(alive)]).toEqual([false, true])
  })
})
