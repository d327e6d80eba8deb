import {
  invocationVariable,
  type KeptRuns,
  keepVariable,
  keptRunsDefault,
  parseKeptRuns,
} from '../world/kept-runs.ts'
import { UsageError } from './usage-error.ts'

/** The flag `--keep` of every command that makes runs. */
export const keepArgument = {
  type: 'string',
  valueHint: 'N|failed|all',
  default: String(keptRunsDefault),
  description:
    'Which earlier runs keep their files: the newest N that passed and N that failed, all that failed, or all',
} as const

/**
 * Tells this process, and those that it starts, that all runs from here on belong together and what else is kept.
 * @throws UsageError.
 */
export function beginInvocation(keep: string): KeptRuns {
  let kept: KeptRuns
  try {
    kept = parseKeptRuns(keep)
  } catch (error) {
    throw new UsageError(`--keep: ${error instanceof Error ? error.message : error}`)
  }
  process.env[keepVariable] = keep
  process.env[invocationVariable] = `${process.pid}-${Date.now()}`
  return kept
}
