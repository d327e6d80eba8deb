import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { writing } from '../disk-failure.ts'

/**
 * Which runs of earlier invocations stay: so many that passed and as many that failed, every failed one, or all. What the
 * invocation itself makes always stays until it has ended: a suite never removes the artefacts of its own failure.
 */
export type KeptRuns = number | 'failed' | 'all'

export const keptRunsDefault: KeptRuns = 20
const keptRunsMax = 10_000

/** Environment variables by which a command tells the processes that run its scenarios. */
export const invocationVariable = 'LOCKSTEP_INVOCATION'
export const keepVariable = 'LOCKSTEP_KEEP'

/** @throws Error when the text is none of a number, `failed` and `all`. */
export function parseKeptRuns(text: string): KeptRuns {
  if (text === 'failed' || text === 'all') return text
  const number = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (number >= 0 && number <= keptRunsMax) return number
  throw new Error(`expected a number from 0 to ${keptRunsMax}, failed or all, found ${JSON.stringify(text)}`)
}

/** What makes a run: what all runs of it share, and which of earlier ones stay. @throws Error as {@link parseKeptRuns}. */
export function invocationOf(environment: Readonly<Record<string, string | undefined>>): {
  readonly invocation: string
  readonly keep: KeptRuns
} {
  const keep = environment[keepVariable]
  return {
    // Without a command that says so, this process is the invocation.
    invocation: environment[invocationVariable] ?? `${process.pid}-${process.ppid}`,
    keep: keep === undefined ? keptRunsDefault : parseKeptRuns(keep),
  }
}

/** For help and messages. */
export function describeKeptRuns(keep: KeptRuns): string {
  if (keep === 'all') return 'The files of all runs are kept.'
  if (keep === 'failed') return 'The files of failed runs are kept.'
  return `The files of the newest ${keep} runs that passed, and as many that failed, are kept.`
}

/** Stands in a run's directory exactly as long as the run may have left something running. */
export const registryFileName = 'registry.json'

const recordFileName = 'run.json'
const recordSchema = z.object({
  invocation: z.string(),
  outcome: z.enum(['running', 'passed', 'failed', 'inconclusive', 'stopped']),
})

/** Whose run a directory is and how it ended. A run that a crash ended stays `running`, and counts as failed. */
export type RunRecord = z.infer<typeof recordSchema>

export function writeRunRecord(directory: string, record: RunRecord): void {
  const path = join(directory, recordFileName)
  writing(path, () => writeFileSync(path, `${JSON.stringify(record)}\n`))
}

function readRunRecord(directory: string): RunRecord | null {
  try {
    return recordSchema.parse(JSON.parse(readFileSync(join(directory, recordFileName), 'utf8')))
  } catch {
    return null
  }
}

/**
 * Removes what is kept no longer. A run whose registry is still there may have left something running and stays, and so
 * does every run of this invocation.
 * @returns the names of the directories that are gone.
 */
export function pruneRuns(root: string, invocation: string, keep: KeptRuns): readonly string[] {
  if (keep === 'all' || !existsSync(root)) return []
  const earlier = readdirSync(root)
    .filter((name) => !existsSync(join(root, name, registryFileName)))
    .map((name) => ({ name, record: readRunRecord(join(root, name)) }))
    .filter(({ record }) => record?.invocation !== invocation)
    .sort((a, b) => (a.name < b.name ? 1 : -1))
  const isFailed = ({ record }: (typeof earlier)[number]) =>
    record?.outcome !== 'passed' && record?.outcome !== 'stopped'
  const failed = earlier.filter(isFailed)
  const others = earlier.filter((run) => !isFailed(run))
  const removed = keep === 'failed' ? others : [...others.slice(keep), ...failed.slice(keep)]
  for (const { name } of removed) rmSync(join(root, name), { recursive: true, force: true })
  return removed.map(({ name }) => name)
}
