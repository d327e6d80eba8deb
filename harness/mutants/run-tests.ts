import { readFile, rm } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { z } from 'zod'
import { type TestKiller, testNamePattern } from './mutant.ts'
import { runGroup } from './run-group.ts'

/** What the tests of one killer say. */
export interface Verdict {
  readonly killer: TestKiller
  /** How many of its tests ran to their end. */
  readonly ran: number
  /** The full names of those that failed. */
  readonly failed: readonly string[]
}

/** A test that a mutant hangs fails after this time, in milliseconds. */
const testLimitMs = 20_000

const report = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string(),
      assertionResults: z.array(z.object({ fullName: z.string(), status: z.string() })),
    }),
  ),
})

/**
 * Runs the tests of the killers in a copy of the source tree, in one run of vitest.
 * @throws when a test file cannot be loaded, which no broken rule explains.
 */
export async function runTests(
  directory: string,
  killers: readonly TestKiller[],
  options: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<readonly Verdict[]> {
  if (killers.length === 0) return []
  const reportFile = join(directory, 'report.json')
  const patterns = [...new Set(killers.map((killer) => testNamePattern(killer).source))]
  const { exitCode, output } = await runGroup(
    [
      join(directory, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--project=unit',
      '--no-cache',
      '--reporter=json',
      `--outputFile=${reportFile}`,
      `--testTimeout=${testLimitMs}`,
      `--testNamePattern=${patterns.join('|')}`,
      ...new Set(killers.map(({ file }) => file)),
    ],
    { directory, ...options },
  )
  if (exitCode === null)
    throw new Error(`the tests had not ended after ${options.limitMs / 1000} s\n${output}`)
  const results = await readFile(reportFile, 'utf8').catch(() => {
    throw new Error(`vitest gave no results (exit code ${exitCode})\n${output}`)
  })
  await rm(reportFile)
  const { testResults } = report.parse(JSON.parse(results))
  return killers.map((killer) => {
    const file = testResults.find(({ name }) => relative(directory, name) === killer.file)
    if (file === undefined) throw new Error(`vitest ran no ${killer.file}\n${output}`)
    if (file.assertionResults.length === 0)
      throw new Error(`${killer.file} cannot be loaded: ${file.message}\n${output}`)
    const pattern = testNamePattern(killer)
    const mine = file.assertionResults.filter(
      ({ fullName, status }) => pattern.test(fullName) && (status === 'passed' || status === 'failed'),
    )
    const failed = mine.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName)
    return { killer, ran: mine.length, failed }
  })
}
