import { findRun } from '../report/find-run.ts'
import { runsDirectory } from '../world/run-directory.ts'
import { UsageError } from './usage-error.ts'

/**
 * The stream of a run by its directory, its file or a part of its name.
 * @throws UsageError with the newest runs, when there is none or more than one.
 */
export function timelineFor(name: string): string {
  try {
    return findRun(name, runsDirectory())
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
