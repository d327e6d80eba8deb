/** Resident memory of every process of a run at one moment, by the component's name. */
export interface MemorySample {
  /** Since the run had booted. */
  readonly minutes: number
  readonly residentMiB: Readonly<Record<string, number>>
}

export type ProcessRole = 'engine' | 'node' | 'runner' | 'host' | 'other'

export interface Growth {
  readonly name: string
  readonly role: ProcessRole
  /** As near to each of the asked minutes as there is a sample, or null. */
  readonly atMinutes: readonly (number | null)[]
  readonly maxMiB: number
  /** MiB per minute, of a straight line through everything after the warm-up; null when there is too little. */
  readonly slope: number | null
  /** The role's bound; null without one. */
  readonly boundMiB: number | null
  readonly holds: boolean
}

/** What issue 10 asks for at 20 transfers a second, in MiB of resident memory. */
export const boundsMiB: Readonly<Partial<Record<ProcessRole, number>>> = {
  engine: 250,
  node: 160,
  runner: 250,
}
/** Caches fill and code is compiled for so long; what grows after that grows for ever. */
const warmUpMinutes = 10
/** A slope needs so many samples to mean something. */
const slopeSamplesMin = 10

/** One row per process that was ever seen, in the order in which they came. */
export function growthOf(
  samples: readonly MemorySample[],
  roleOf: (name: string) => ProcessRole,
  minutes: readonly number[],
): readonly Growth[] {
  const names = new Set(samples.flatMap(({ residentMiB }) => Object.keys(residentMiB)))
  return [...names].map((name) => {
    const points = samples.flatMap(({ minutes: at, residentMiB }) =>
      residentMiB[name] === undefined ? [] : [{ at, mib: residentMiB[name] }],
    )
    const role = roleOf(name)
    const boundMiB = boundsMiB[role] ?? null
    const maxMiB = Math.max(...points.map(({ mib }) => mib))
    return {
      ...{ name, role, maxMiB, boundMiB },
      atMinutes: minutes.map((minute) => nearest(points, minute)),
      slope: slopeOf(points.filter(({ at }) => at >= warmUpMinutes)),
      holds: boundMiB === null || maxMiB <= boundMiB,
    }
  })
}

interface Point {
  readonly at: number
  readonly mib: number
}

function nearest(points: readonly Point[], minute: number): number | null {
  const [best] = [...points].sort((a, b) => Math.abs(a.at - minute) - Math.abs(b.at - minute))
  return best === undefined || Math.abs(best.at - minute) > 1 ? null : best.mib
}

/** Least squares. */
function slopeOf(points: readonly Point[]): number | null {
  if (points.length < slopeSamplesMin) return null
  const mean = (of: (point: Point) => number) => points.reduce((sum, one) => sum + of(one), 0) / points.length
  const [at, mib] = [mean((point) => point.at), mean((point) => point.mib)]
  const covariance = mean((point) => (point.at - at) * (point.mib - mib))
  const variance = mean((point) => (point.at - at) ** 2)
  return variance === 0 ? null : Math.round((covariance / variance) * 100) / 100
}

/** For people. */
export function growthTable(rows: readonly Growth[], minutes: readonly number[]): string {
  const cells = [
    ['process', 'role', ...minutes.map((minute) => `${minute} min`), 'most', 'MiB/min', 'bound', ''],
    ...rows.map(({ name, role, atMinutes, maxMiB, slope, boundMiB, holds }) => [
      ...[name, role, ...atMinutes.map((mib) => mib?.toFixed(0) ?? '–'), maxMiB.toFixed(0)],
      ...[slope?.toFixed(2) ?? '–', boundMiB?.toFixed(0) ?? '–', holds ? '' : 'above its bound'],
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  return cells
    .map((row) =>
      row
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
