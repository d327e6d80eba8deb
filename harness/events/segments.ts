import { readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/** The older events of a recording or of a long run, compressed, beside `timeline.ndjson`: the first segment has the lowest number. */
export interface Segment {
  readonly number: number
  readonly path: string
}

/** Where the segment of that number of a timeline is. */
export function segmentPath(timeline: string, number: number): string {
  return join(dirname(timeline), `${stemOf(timeline)}-${String(number).padStart(6, '0')}.ndjson.gz`)
}

/** Where it is until it is compressed. */
export function rawSegmentPath(timeline: string, number: number): string {
  return segmentPath(timeline, number).replace(/\.gz$/, '')
}

/** The segments of a timeline, the oldest first; none for a run, and for a directory that is not there. */
export function segmentsOf(timeline: string): readonly Segment[] {
  const stem = `${stemOf(timeline)}-`
  let names: readonly string[]
  try {
    names = readdirSync(dirname(timeline))
  } catch {
    return []
  }
  const paths = new Map<number, string>()
  // A compressed one comes after the raw one, which is still there when its writer was killed meanwhile.
  for (const name of names.toSorted()) {
    const number = name.startsWith(stem)
      ? /^(\d{6})\.ndjson(\.gz)?$/.exec(name.slice(stem.length))?.[1]
      : undefined
    if (number !== undefined) paths.set(Number(number), join(dirname(timeline), name))
  }
  return [...paths].map(([number, path]) => ({ number, path })).sort((a, b) => a.number - b.number)
}

function stemOf(timeline: string): string {
  return basename(timeline).replace(/\.ndjson$/, '')
}
