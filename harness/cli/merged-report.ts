import { writeFileSync } from 'node:fs'
import { acceptJunit } from './accept-junit.ts'
import { acceptJson, acceptText, exitCodeOf } from './accept-report.ts'
import { tellGithub } from './github.ts'
import { outcomeTable } from './outcome-table.ts'
import { mergeResults, readResults } from './results.ts'
import { UsageError } from './usage-error.ts'

/**
 * `lockstep report --merge`: what several `lockstep accept --shard I/N --json` printed, as one run would have told it, with
 * the exit code that it would have had.
 * @throws UsageError.
 */
export function mergedReport(
  paths: readonly string[],
  { json, junit }: { readonly json: boolean; readonly junit: string | undefined },
): number {
  if (paths.length === 0)
    throw new UsageError('--merge: expected files with the output of lockstep accept --json, found none')
  const result = mergeResults(paths.map(readResults))
  if (junit !== undefined) writeFileSync(junit, acceptJunit(result))
  if (json) process.stdout.write(`${JSON.stringify(acceptJson(result, process.cwd()))}\n`)
  else process.stdout.write(`${outcomeTable(result)}\n${acceptText(result)}`)
  tellGithub(result, (text) => void (json ? process.stderr : process.stdout).write(text))
  return exitCodeOf(result)
}
