import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { writing } from '../disk-failure.ts'
import { firstProblem } from '../first-problem.ts'
import { runsDirectory } from '../world/run-directory.ts'
import { type AcceptResult, acceptJson } from './accept-report.ts'
import { isMet } from './settled.ts'
import { UsageError } from './usage-error.ts'

const texts = z.array(z.string())
const outcomeNames = ['passed', 'failed', 'known', 'inconclusive', 'skipped'] as const
const outcome = z.object({
  ...{ name: z.string(), file: z.string(), round: z.int().positive(), attempt: z.int().positive() },
  outcome: z.enum(outcomeNames),
  ...{ reason: z.string().exactOptional(), news: z.string().exactOptional() },
  ...{ durationMs: z.number().nonnegative(), runDirectory: z.string().nullable() },
  clients: z.record(z.string(), z.string()),
  failure: z
    .object({
      ...{ what: z.string(), expected: z.string(), found: z.string() },
      ...{ step: z.string().nullable(), component: z.string().nullable() },
    })
    .nullable(),
  seeds: z
    .object({
      ...{ first: z.int().nonnegative(), count: z.int().positive() },
      failed: z.array(z.object({ seed: z.string(), what: z.string() })),
    })
    .exactOptional(),
  ...{ errors: texts, reached: texts },
})
const schema = z.object({
  ended: z.enum(['signal', 'budget', 'bail']).nullable(),
  running: texts.default([]),
  ...{ wallMs: z.number().nonnegative(), errors: texts, rounds: z.int().positive(), selected: texts },
  scenarios: z.array(
    outcome.extend({ outcome: z.enum([...outcomeNames, 'flaky']), earlier: z.array(outcome).default([]) }),
  ),
})

/** Where the results of the last `lockstep accept` of this folder are. */
function lastResultsPath(): string {
  return join(dirname(runsDirectory()), 'last-results.json')
}

/** Remembers a result for `--last-failed`. */
export function writeLastResults(result: AcceptResult): void {
  const path = lastResultsPath()
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, `${JSON.stringify(acceptJson(result, process.cwd()))}\n`)
  })
}

/**
 * What `lockstep accept --json` printed.
 * @throws UsageError when the file is missing or holds something else.
 */
export function readResults(path: string): AcceptResult {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    throw new UsageError(`expected the output of lockstep accept --json at ${path}, found no file`)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new UsageError(`${path}: expected the output of lockstep accept --json, found no JSON`)
  }
  const parsed = schema.safeParse(value)
  if (!parsed.success)
    throw new UsageError(
      `${path}: expected the output of lockstep accept --json, found something else: ${firstProblem(parsed.error)}`,
    )
  const { scenarios, ...result } = parsed.data
  return { ...result, outcomes: scenarios }
}

/**
 * The names of what the last run of this folder was not content with: what failed, was inconclusive or flaky, and what had
 * no end.
 * @throws UsageError when nothing ran yet, or nothing is to run again.
 */
export function lastFailed(): readonly string[] {
  const result = readResults(lastResultsPath())
  const met = Map.groupBy(result.outcomes, ({ name }) => name)
  const names = result.selected.filter((name) => {
    const rounds = met.get(name) ?? []
    return rounds.length < result.rounds || !rounds.every(isMet)
  })
  if (names.length === 0)
    throw new UsageError('--last-failed: expected failures in the last run of this folder, found none')
  return names
}

/**
 * The results of several runs as one: of the shards of a suite, which have no scenario in common.
 * @throws UsageError when a scenario is in two of them.
 */
export function mergeResults(results: readonly AcceptResult[]): AcceptResult {
  const selected = results.flatMap((result) => result.selected)
  const twice = selected.find((name, index) => selected.indexOf(name) !== index)
  if (twice !== undefined)
    throw new UsageError(`--merge: expected each scenario in one of the files, found ${twice} in two`)
  const rounds = new Set(results.map((result) => result.rounds))
  if (rounds.size > 1)
    throw new UsageError(`--merge: expected the same --repeat in all, found ${[...rounds].join(' and ')}`)
  return {
    outcomes: inOrder(results.flatMap(({ outcomes }) => outcomes)),
    selected: selected.sort(),
    rounds: results[0]?.rounds ?? 1,
    ended: results.find(({ ended }) => ended !== null)?.ended ?? null,
    running: results.flatMap(({ running }) => running),
    // Shards run beside each other.
    wallMs: Math.max(...results.map(({ wallMs }) => wallMs)),
    errors: results.flatMap(({ errors }) => errors),
  }
}

/** The order of the catalogue, whoever was first to end. */
export function inOrder(outcomes: AcceptResult['outcomes']): AcceptResult['outcomes'] {
  const key = ({ file, name, round }: AcceptResult['outcomes'][number]) => `${file}\0${name}\0${round}`
  return outcomes.toSorted((a, b) => (key(a) < key(b) ? -1 : 1))
}
