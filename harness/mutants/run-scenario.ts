import { join } from 'node:path'
import { z } from 'zod'
import { runGroup } from './run-group.ts'

/** A scenario has limits of its own; this only ends one that hangs beyond them. */
const limitMs = 600_000

const count = z.int().nonnegative()
const report = z.object({ passed: count, failed: count, inconclusive: count, skipped: count })

/**
 * Runs one scenario in a copy of the source tree. Answers whether it passed.
 * @throws when it said neither.
 */
export async function runScenario(directory: string, name: string, signal: AbortSignal): Promise<boolean> {
  const main = join(directory, 'harness/cli/main.ts')
  const { output } = await runGroup([main, 'accept', name, '--json'], { directory, limitMs, signal })
  return hasPassed(name, output)
}

/**
 * Reads what `lockstep accept --json` wrote of one scenario. One that is inconclusive did not pass: a rule may be what
 * leads to the mark that it no longer reaches.
 * @throws when nothing ran.
 */
export function hasPassed(name: string, output: string): boolean {
  const line = output.split('\n').findLast((candidate) => candidate.startsWith('{"interrupted"'))
  if (line === undefined) throw new Error(`${name} gave no result\n${output}`)
  const { passed, failed, inconclusive, skipped } = report.parse(JSON.parse(line))
  if (passed + failed + inconclusive === 0) throw new Error(`${name} did not run: ${skipped} skipped`)
  return failed + inconclusive === 0
}
