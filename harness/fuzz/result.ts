import { z } from 'zod'
import { caseSchema } from '../cases/case.ts'
import { engineKinds } from '../world/engine-kind.ts'

/** What one seed gave. */
export const runResultSchema = z.strictObject({
  seed: z.string(),
  /** What its engines executed with. */
  engine: z.enum(engineKinds),
  virtualMs: z.number().nonnegative(),
  wallMs: z.number().nonnegative(),
  deeds: z.int().nonnegative(),
  hits: z.int().nonnegative(),
  marks: z.array(z.string()),
  /** What its nodes came by together (`combinations.ts`). */
  combinations: z.array(z.string()),
  /**
   * The case, with what it violates; null when everything held. Its engine is the real core where that violates it too,
   * whatever it was found with.
   */
  failure: caseSchema.nullable(),
})
export type RunResult = z.output<typeof runResultSchema>

/** What a range of seeds gave. Those of several machines merge into one. */
export const campaignResultSchema = z.strictObject({
  format: z.literal('lockstep-campaign'),
  version: z.literal(1),
  runs: z.int().nonnegative(),
  virtualMs: z.number().nonnegative(),
  /** Of one process each, added up. */
  processMs: z.number().nonnegative(),
  deeds: z.int().nonnegative(),
  hits: z.int().nonnegative(),
  /** In how many runs each mark was reached, whatever node reached it. */
  marks: z.record(z.string(), z.int().positive()),
  /** Likewise each combination of what a node went through. */
  combinations: z.record(z.string(), z.int().positive()),
  failures: z.array(caseSchema),
})
export type CampaignResult = z.output<typeof campaignResultSchema>

/** What `lockstep replay --shrink --json` prints. */
export const shrinkResultSchema = z.strictObject({
  format: z.literal('lockstep-shrunk'),
  smallest: caseSchema,
})

export const emptyResult: CampaignResult = {
  ...{ format: 'lockstep-campaign', version: 1, runs: 0, virtualMs: 0, processMs: 0, deeds: 0, hits: 0 },
  ...{ marks: {}, combinations: {}, failures: [] },
}

export function addRun(sum: CampaignResult, run: RunResult): CampaignResult {
  const marks = new Set(run.marks.map((mark) => mark.replace(/ @ .*/, '')))
  return mergeResults(sum, {
    ...{ ...emptyResult, runs: 1, virtualMs: run.virtualMs, processMs: run.wallMs },
    ...{ deeds: run.deeds, hits: run.hits },
    marks: Object.fromEntries([...marks].map((mark) => [mark, 1])),
    combinations: Object.fromEntries(run.combinations.map((one) => [one, 1])),
    failures: run.failure === null ? [] : [run.failure],
  })
}

/** The order in which results are merged does not matter. */
export function mergeResults(a: CampaignResult, b: CampaignResult): CampaignResult {
  return {
    ...a,
    runs: a.runs + b.runs,
    virtualMs: a.virtualMs + b.virtualMs,
    processMs: a.processMs + b.processMs,
    deeds: a.deeds + b.deeds,
    hits: a.hits + b.hits,
    marks: added(a.marks, b.marks),
    combinations: added(a.combinations, b.combinations),
    failures: [...a.failures, ...b.failures].sort((one, other) => (one.seed < other.seed ? -1 : 1)),
  }
}

type Counts = Readonly<Record<string, number>>

function added(a: Counts, b: Counts): Record<string, number> {
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort()
  return Object.fromEntries(names.map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}
