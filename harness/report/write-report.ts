import { existsSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { diskFailure } from '../disk-failure.ts'
import { followTimeline } from '../events/reader.ts'
import { TimelineError } from '../events/timeline-error.ts'
import { loadViewer } from './build-viewer.ts'
import { indexEvents, type RunIndex } from './model/run-index.ts'
import { type PackedRun, packRun } from './pack-run.ts'
import { renderReport } from './render-report.ts'

/** A run that was read for a report. */
export interface ReadRun {
  readonly packed: PackedRun
  readonly index: RunIndex
}

/** A larger stream is not read at once. */
const timelineBytesMax = 2 ** 30

/** The stream of events in a run's directory. */
export function timelineOf(directory: string): string {
  return join(directory, 'timeline.ndjson')
}

/**
 * Reads a run, also one that still goes on.
 * @throws TimelineError naming the line that cannot be read, or saying that the stream is missing, empty or too large.
 */
export async function readRun(timeline: string): Promise<ReadRun> {
  if (!existsSync(timeline))
    throw new TimelineError(`expected the events of a run at ${timeline}, found no file`)
  const { size } = statSync(timeline)
  if (size > timelineBytesMax)
    throw new TimelineError(
      `${timeline}: expected at most ${timelineBytesMax} bytes, found ${size}; cut the stream to the time in question`,
    )
  // What a killed runner left of its last line is not read.
  const events = await followTimeline(timeline).read()
  if (events.length === 0) throw new TimelineError(`${timeline}: expected events, found none`)
  return { packed: packRun(events), index: indexEvents(events) }
}

/** Writes one file with these runs. */
export async function writeReport(path: string, runs: readonly ReadRun[]): Promise<void> {
  const html = renderReport({ viewer: await loadViewer(), runs: runs.map(({ packed }) => packed) })
  const own = `${path}.${process.pid}`
  try {
    await writeFile(own, html)
    await rename(own, path)
  } catch (error) {
    await rm(own, { force: true })
    throw diskFailure(path, error)
  }
}

/**
 * Writes the report of a run that has ended into its directory. It never fails: what went wrong is what it says.
 * @returns one line for the end of a failure; null for a run without events.
 */
export async function reportFailedRun(directory: string | null): Promise<string | null> {
  if (directory === null || !existsSync(timelineOf(directory))) return null
  const path = join(directory, 'report.html')
  try {
    await writeReport(path, [await readRun(timelineOf(directory))])
    return path
  } catch (error) {
    return `not written: ${error instanceof Error ? error.message : String(error)}`
  }
}
