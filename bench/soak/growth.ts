import type { ProcessSample, Sample } from './sample.ts'

export type ProcessRole = 'engine' | 'node' | 'runner' | 'host' | 'other'
export type Verdict = 'flat' | 'above its bound' | 'grows' | 'opens files' | 'too short to say'

/** A mean for each quarter of the run; null without a sample. */
export type Quarters = readonly (number | null)[]

export interface Growth {
  readonly name: string
  readonly role: ProcessRole
  readonly residentMiB: Quarters
  readonly residentMiBMax: number
  /** MiB per minute, of a straight line through everything after the warm-up; null when there is too little. */
  readonly slope: number | null
  /** The role's bound of resident memory; null without one. */
  readonly boundMiB: number | null
  readonly heapMiB: Quarters
  readonly fds: Quarters
  readonly verdict: Verdict
}

/** What the run wrote and recorded. */
export interface RunGrowth {
  /** At the end of each quarter. */
  readonly files: Quarters
  readonly diskMiB: Quarters
  /** Within each quarter. */
  readonly eventsPerSecond: Quarters
}

/** What issue 10 asks for at 20 transfers a second, in MiB of resident memory. */
export const boundsMiB: Readonly<Partial<Record<ProcessRole, number>>> = {
  engine: 250,
  node: 160,
  runner: 250,
}
/** Caches fill and code is compiled for so long; what grows after that grows for ever. */
const warmUpMinutes = 10
/** A line through fewer minutes follows the garbage collector. */
const slopeMinutesMin = 10
/** Half a GiB in a day. */
const slopeMax = 0.5
/** Connections come and go. */
const fdsMore = 16

/** Those of each quarter of the time that was sampled. */
function quarters<T extends { readonly minutes: number }>(points: readonly T[], end: number): T[][] {
  const split: T[][] = [[], [], [], []]
  for (const point of points) split[Math.min(3, Math.floor((4 * point.minutes) / (end || 1)))]!.push(point)
  return split
}

const mean = (values: readonly number[]): number | null =>
  values.length === 0
    ? null
    : Math.round((values.reduce((sum, one) => sum + one, 0) / values.length) * 10) / 10

/** One row per process that was ever seen, in the order in which they came. */
export function growthOf(
  samples: readonly Sample[],
  roleOf: (name: string) => ProcessRole,
): readonly Growth[] {
  const end = samples.at(-1)?.minutes ?? 0
  const names = new Set(samples.flatMap(({ processes }) => Object.keys(processes)))
  return [...names].map((name) => {
    const points = samples.flatMap(({ minutes, processes }) =>
      processes[name] === undefined ? [] : [{ minutes, ...processes[name] }],
    )
    const split = quarters(points, end)
    const means = (of: (point: ProcessSample) => number) => split.map((part) => mean(part.map(of)))
    const role = roleOf(name)
    const row = {
      ...{ name, role, boundMiB: boundsMiB[role] ?? null },
      residentMiB: means(({ residentMiB }) => residentMiB),
      residentMiBMax: Math.max(...points.map(({ residentMiB }) => residentMiB)),
      slope: slopeOf(points.filter(({ minutes }) => minutes >= warmUpMinutes)),
      heapMiB: means(({ heapMiB }) => heapMiB),
      fds: means(({ fds }) => fds),
    }
    return { ...row, verdict: verdictOf(row) }
  })
}

function verdictOf({ boundMiB, residentMiBMax, slope, fds }: Omit<Growth, 'verdict'>): Verdict {
  if (boundMiB !== null && residentMiBMax > boundMiB) return 'above its bound'
  const [, second, , last] = fds
  if (second != null && last != null && last > second + fdsMore) return 'opens files'
  if (slope === null) return 'too short to say'
  return slope > slopeMax ? 'grows' : 'flat'
}

/** Whether nothing is wrong with it, as far as can be said. */
export const holds = ({ verdict }: Pick<Growth, 'verdict'>): boolean =>
  verdict === 'flat' || verdict === 'too short to say'

/** What the run wrote and recorded, quarter by quarter. */
export function runGrowthOf(samples: readonly Sample[]): RunGrowth {
  const split = quarters(samples, samples.at(-1)?.minutes ?? 0)
  const last = (of: (sample: Sample) => number) =>
    split.map((part) => (part.length === 0 ? null : of(part.at(-1)!)))
  return {
    files: last(({ files }) => files),
    diskMiB: last(({ diskMiB }) => diskMiB),
    eventsPerSecond: split.map((part) => {
      const [from, to] = [part.at(0), part.at(-1)]
      if (from === undefined || to === undefined || to.minutes === from.minutes) return null
      return Math.round(((to.events - from.events) / (to.minutes - from.minutes) / 60) * 10) / 10
    }),
  }
}

/** Least squares. */
function slopeOf(
  points: readonly { readonly minutes: number; readonly residentMiB: number }[],
): number | null {
  const [from, to] = [points.at(0), points.at(-1)]
  if (from === undefined || to === undefined || to.minutes - from.minutes < slopeMinutesMin) return null
  const average = (of: (point: (typeof points)[number]) => number) =>
    points.reduce((sum, one) => sum + of(one), 0) / points.length
  const at = average(({ minutes }) => minutes)
  const mib = average(({ residentMiB }) => residentMiB)
  const covariance = average((point) => (point.minutes - at) * (point.residentMiB - mib))
  const variance = average(({ minutes }) => (minutes - at) ** 2)
  return Math.round((covariance / variance) * 100) / 100
}
