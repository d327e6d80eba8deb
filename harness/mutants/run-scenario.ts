import { join } from 'node:path'
import { z } from 'zod'
import { runGroup } from './run-group.ts'

/** A scenario has limits of its own; this only ends one that hangs beyond them. */
const limitMs = 600_000

const report = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() })

/**
 * Runs one scenario in a copy of the source tree. Answers whether it passed.
 * @throws when it neither passed nor failed.
 */
export async function runScenario(directory: string, name: string, signal: AbortSignal): Promise<boolean> {
  const main = join(directory, 'harness/cli/main.ts')
  const { output } = await runGroup([main, 'accept', name, '--json'], { directory, limitMs, signal })
  const line = output.split('\n').findLast((candidate) => candidate.startsWith('{"interrupted"'))
  if (line === undefined) throw new Error(`${name} gave no result\n${output}`)
  const { passed, failed, skipped } = report.parse(JSON.parse(line))
  if (passed + failed === 0) throw new Error(`${name} did not run: ${skipped} skipped`)
  return failed === 0
}
