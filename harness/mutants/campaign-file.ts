import { createHash } from 'node:crypto'
import { existsSync, globSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { caseSchema } from '../cases/case.ts'
import type { Mutant } from './mutant.ts'

const name = z.string().min(1).max(100)

/** What a seed showed on the node as it is. */
const controlSchema = z.strictObject({
  seed: z.int().positive(),
  /** The rules that the run came by. */
  reached: z.array(name).max(1_000),
  violates: caseSchema.shape.violates,
})
export type Control = z.output<typeof controlSchema>

const outcomeSchema = z.strictObject({
  mutant: name,
  /** `error`: it could not be tried, so that nothing is known. */
  outcome: z.enum(['found', 'not found', 'error']),
  /** How many seeds are known of, from the first on: the last of them found it. */
  seeds: z.int().nonnegative(),
  /** In how many of them the broken rule was come by: the others are the same runs as without the mutant. */
  reached: z.int().nonnegative(),
  /** What it violates, made as small as it could be. */
  smallest: caseSchema.nullable(),
  /** Whether it was made small at all. */
  shrunk: z.boolean(),
  error: z.string().max(4_000).nullable(),
  /** The code that this was seen with ({@link codeOf}). */
  code: z.string(),
})
export type CampaignOutcome = z.output<typeof outcomeSchema>

const fileSchema = z.strictObject({
  format: z.literal('lockstep-mutants'),
  version: z.literal(1),
  code: z.string(),
  first: z.int().positive(),
  controls: z.array(controlSchema).max(100_000),
  outcomes: z.array(outcomeSchema).max(10_000),
})
/** What is known of the mutants in campaigns. A long campaign is many short ones with one file. */
export type CampaignFile = z.output<typeof fileSchema>

/** The file's contents, or that nothing is known. What was seen with other code is left out, but for what was found. */
export function readCampaign(file: string, code: string, first: number): CampaignFile {
  const nothing: CampaignFile = {
    ...{ format: 'lockstep-mutants', version: 1, code, first, controls: [], outcomes: [] },
  }
  if (!existsSync(file)) return nothing
  const known = parseCampaign(file)
  if (known.code === code && known.first === first) return known
  return { ...nothing, outcomes: known.outcomes.filter(({ outcome }) => outcome === 'found') }
}

/** @throws that the file is none. */
export function parseCampaign(file: string): CampaignFile {
  const read = fileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!read.success)
    throw new Error(
      `${file}: expected what npm run mutants -- --campaign wrote: ${z.prettifyError(read.error)}`,
    )
  return read.data
}

/** Whole or not at all: it is written after every mutant. */
export function writeCampaign(file: string, known: CampaignFile): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(known, null, 1)}\n`)
  renameSync(`${file}.new`, file)
}

/** The best that any of these files knows of each mutant: found before not found, more seeds before fewer. */
export function mergeOutcomes(files: readonly CampaignFile[]): readonly CampaignOutcome[] {
  const best = new Map<string, CampaignOutcome>()
  const worth = ({ outcome, seeds }: CampaignOutcome) =>
    outcome === 'found' ? 1e9 - seeds : outcome === 'not found' ? seeds : -1
  for (const outcome of files.flatMap(({ outcomes }) => outcomes)) {
    const other = best.get(outcome.mutant)
    if (other === undefined || worth(outcome) > worth(other)) best.set(outcome.mutant, outcome)
  }
  return [...best.values()].sort((a, b) => (a.mutant < b.mutant ? -1 : 1))
}

/**
 * A hash of all that an outcome depends on: the node, the harness without its tests, the incidents that seeds begin with, and what the mutants change. A run of the
 * node as it is tells only of those that there were.
 */
export function codeOf(
  root: string,
  mutants: readonly Pick<Mutant, 'name' | 'find' | 'replace' | 'at'>[],
): string {
  const hash = createHash('sha256')
  for (const { name, find, replace, at } of mutants) hash.update(JSON.stringify([name, find, replace, at]))
  const files = globSync(['node/**/*.ts', 'harness/**/*.ts', 'fixtures/incidents/*.json'], { cwd: root })
    .filter((file) => !/\.test\.ts$|\/testing\/|^harness\/(mutants|report|cli|attack|incidents)\//.test(file))
    .sort()
  for (const file of files) hash.update(`${file}\n`).update(readFileSync(join(root, file)))
  return hash.digest('hex').slice(0, 16)
}
