import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { type Case, formatCase } from '../cases/case.ts'
import { campaignResultSchema, shrinkResultSchema } from '../fuzz/result.ts'
import type { Mutant } from './mutant.ts'
import { runGroup } from './run-group.ts'
import type { Workspace, Workspaces } from './workspace.ts'

/** What a campaign made of one mutant. */
export interface CampaignOutcome {
  readonly mutant: Mutant
  /** `error`: it could not be tried, so that nothing is known. */
  readonly outcome: 'found' | 'not found' | 'error'
  /** How many seeds were run: the last of them found it. */
  readonly seeds: number
  /** What was violated. */
  readonly reason: string | null
  /** Deeds and nodes of the smallest case. */
  readonly size: { readonly deeds: number; readonly nodes: number } | null
  readonly smallest: Case | null
  readonly error: string | null
}

export interface RunCampaignsOptions {
  readonly workspaces: Workspaces
  readonly mutants: readonly Mutant[]
  readonly jobs: number
  /** The first seed, and how many are tried at most with each mutant. */
  readonly first: number
  readonly seeds: number
  readonly shrinks: boolean
  readonly signal: AbortSignal
  readonly onProgress: (line: string) => void
  readonly onOutcome: (outcome: CampaignOutcome) => void
}

/** A seed takes seconds; one that a mutant hangs ends by itself after minutes. */
const seedMsMax = 60_000
const shrinkMsMax = 1_200_000

/**
 * Runs the same seeds with every mutant, each until one violates something.
 * @throws when a seed violates something on the unbroken tree: what it says of a mutant would mean nothing.
 */
export async function runCampaigns(options: RunCampaignsOptions): Promise<readonly CampaignOutcome[]> {
  const { workspaces, mutants, jobs, signal, onProgress } = options
  const all = await Promise.all(Array.from({ length: jobs }, () => workspaces.create()))
  onProgress(`control run: ${options.seeds} seeds on the unbroken tree`)
  const control = await campaign(all[0]!, options, ['--jobs', String(jobs)])
  if (control.failures.length > 0)
    throw new Error(
      `the control run failed:\n${control.failures.map(({ seed, violates }) => `  seed ${seed}: ${violates?.reason}: ${violates?.found}`).join('\n')}`,
    )
  const outcomes: CampaignOutcome[] = []
  const waiting = [...mutants]
  const work = async (workspace: Workspace) => {
    for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
      const outcome = await tryMutant(workspace, mutant, options)
      outcomes.push(outcome)
      options.onOutcome(outcome)
    }
  }
  await Promise.all(all.map(work))
  signal.throwIfAborted()
  return mutants.map((mutant) => outcomes.find((outcome) => outcome.mutant === mutant) as CampaignOutcome)
}

async function tryMutant(
  workspace: Workspace,
  mutant: Mutant,
  options: RunCampaignsOptions,
): Promise<CampaignOutcome> {
  const nothing = { mutant, seeds: 0, reason: null, size: null, smallest: null, error: null }
  try {
    return await workspace.withMutant(mutant, async () => {
      const { runs, failures } = await campaign(workspace, options, ['--jobs', '1', '--stop'])
      const [found] = failures
      if (found === undefined) return { ...nothing, outcome: 'not found', seeds: runs }
      const smallest = options.shrinks ? await shrunk(workspace, found, options.signal) : found
      const size = { deeds: smallest.deeds.length, nodes: Object.keys(smallest.topology.cls).length }
      const reason = found.violates?.reason ?? null
      return { ...nothing, outcome: 'found', seeds: runs, reason, size, smallest }
    })
  } catch (error) {
    options.signal.throwIfAborted()
    return { ...nothing, outcome: 'error', error: error instanceof Error ? error.message : String(error) }
  }
}

async function campaign(
  { directory }: Workspace,
  { first, seeds, signal }: RunCampaignsOptions,
  flags: readonly string[],
) {
  const out = join(directory, 'campaign')
  const { output } = await runGroup(
    [
      ...[join(directory, 'harness/cli/main.ts'), 'fuzz', '--json', '--out', out],
      ...['--seed', String(first), '--seeds', String(seeds), ...flags],
    ],
    { directory, limitMs: seeds * seedMsMax, signal },
  )
  await rm(out, { recursive: true, force: true })
  return readLine(output, '{"format":"lockstep-campaign"', campaignResultSchema)
}

async function shrunk({ directory }: Workspace, found: Case, signal: AbortSignal): Promise<Case> {
  const out = join(directory, 'campaign')
  await mkdir(out, { recursive: true })
  const file = join(out, 'found.json')
  await writeFile(file, formatCase(found))
  try {
    const { output } = await runGroup(
      [join(directory, 'harness/cli/main.ts'), 'replay', file, '--shrink', '--json'],
      { directory, limitMs: shrinkMsMax, signal },
    )
    return readLine(output, '{"format":"lockstep-shrunk"', shrinkResultSchema).smallest
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/** The result among what a program printed. @throws when it printed none. */
function readLine<T>(output: string, beginning: string, schema: z.ZodType<T>): T {
  const line = output.split('\n').findLast((candidate) => candidate.startsWith(beginning))
  if (line === undefined) throw new Error(`it gave no result\n${output.slice(-4_000)}`)
  return schema.parse(JSON.parse(line))
}
