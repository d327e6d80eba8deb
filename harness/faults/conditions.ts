import { z } from 'zod'

/** Milliseconds by the world's clock since the fault was installed; `toMs` is the first that is outside. */
export interface Window {
  /** Default 0. */
  readonly fromMs?: number | undefined
  /** Default: until it is removed. */
  readonly toMs?: number | undefined
}

const count = z.int().positive().max(1_000_000)
const ms = z.number().nonnegative().max(86_400_000)

/** When a fault strikes. All of its conditions must agree. */
export const conditionSchema = z.union([
  z.strictObject({ to: z.array(z.string().min(1)).min(1).max(64).readonly() }),
  z.strictObject({ from: z.array(z.string().min(1)).min(1).max(64).readonly() }),
  z.strictObject({ after: count }),
  z.strictObject({ times: count }),
  z.strictObject({ every: count }),
  z.strictObject({ probability: z.number().min(0).max(1) }),
  z.strictObject({ during: z.strictObject({ fromMs: ms.optional(), toMs: ms.optional() }) }),
])
export type Condition = z.infer<typeof conditionSchema>

/** Something that a fault may strike: a message, a connection, a packet. */
export interface Occurrence {
  /** Who asks or sends. */
  readonly consumer: string
  /** JSON-RPC method or path; null for what has none. */
  readonly method: string | null
  readonly nowMs: number
}

/** The conditions of one standing fault, with their counts. */
export interface Matcher {
  /** Counts the occurrence; true when the fault would strike it. Ask once for each. */
  applies(occurrence: Occurrence): boolean
  /** It did strike: what `times` counts. */
  struck(): void
  /** Whether it has struck as often as it may: what was decided before, and is done now, is done no more. */
  readonly spent: boolean
}

export interface MatcherOptions {
  readonly installedMs: number
  /** From 0 to 1. */
  readonly random: () => number
}

/**
 * Whom and when (`to`, `from`, `during`) are asked before anything is counted, so that `times(1).to(m)` and
 * `to(m).times(1)` are one; the counting ones count in the order in which they were written, and only what the ones before
 * let through. `times` counts what was struck.
 */
export function createMatcher(
  conditions: readonly Condition[],
  { installedMs, random }: MatcherOptions,
): Matcher {
  const selectors = conditions.filter((one) => 'to' in one || 'from' in one || 'during' in one)
  const counters = conditions.flatMap((one) => counterOf(one, random) ?? [])
  const timesMax = Math.min(...conditions.map((one) => ('times' in one ? one.times : Infinity)))
  let struck = 0
  return {
    applies: (occurrence) =>
      selectors.every((one) => selects(one, occurrence, installedMs)) &&
      struck < timesMax &&
      counters.every((passes) => passes()),
    struck: () => void struck++,
    get spent() {
      return struck >= timesMax
    },
  }
}

function selects(
  condition: Condition,
  { consumer, method, nowMs }: Occurrence,
  installedMs: number,
): boolean {
  if ('to' in condition) return method !== null && condition.to.some((name) => isNamed(method, name))
  if ('from' in condition) return condition.from.includes(consumer)
  if (!('during' in condition)) return true
  const { fromMs = 0, toMs = Number.POSITIVE_INFINITY } = condition.during
  const sinceMs = nowMs - installedMs
  return sinceMs >= fromMs && sinceMs < toMs
}

/** `engine_*` names every method that begins so; a path names everything below it. */
export function isNamed(method: string, name: string): boolean {
  if (name.endsWith('*')) return method.startsWith(name.slice(0, -1))
  return method === name || (name.startsWith('/') && method.startsWith(name))
}

/** Undefined for a condition that does not count. */
function counterOf(condition: Condition, random: () => number): (() => boolean) | undefined {
  let seen = 0
  if ('after' in condition) return () => ++seen > condition.after
  if ('every' in condition) return () => ++seen % condition.every === 0
  if ('probability' in condition) return () => random() < condition.probability
  return undefined
}

/** For people: ` to optimism_syncStatus, 2 times`. */
export function describeConditions(conditions: readonly Condition[]): string {
  const parts = conditions.map((one) => {
    if ('to' in one) return ` to ${one.to.join(', ')}`
    if ('from' in one) return ` from ${one.from.join(', ')}`
    if ('after' in one) return `, after ${one.after}`
    if ('times' in one) return `, ${one.times} ${one.times === 1 ? 'time' : 'times'}`
    if ('every' in one) return `, every ${one.every}`
    if ('probability' in one) return `, with probability ${one.probability}`
    return `, from ${one.during.fromMs ?? 0} ms to ${one.during.toMs ?? '∞'} ms`
  })
  return parts.join('')
}
