import { randomBytes } from 'node:crypto'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writing } from '../../disk-failure.ts'
import type { WorldEvent } from '../../events/event.ts'
import type { EventStream } from '../../events/stream.ts'
import { invocationOf, pruneRuns, writeRunRecord } from '../kept-runs.ts'
import { runIdOf, runsDirectory } from '../run-directory.ts'
import type { WorldEnd } from '../world.ts'

/** The timeline of a simulated world, which touches no file while it runs. */
export interface KeptTimeline {
  /** The directory that it goes to. */
  readonly directory: string
  /** Writes it, if a run that ended so is kept; whether it did. @throws DiskFailure. */
  write(end: WorldEnd): boolean
}

/** The timeline of every run, in a directory below `root` that has the same name each time. */
export function keepTimeline(events: EventStream, root: string, name: string): KeptTimeline {
  const directory = join(root, name.replaceAll(/[^\w.-]+/g, '-').slice(0, namesMax))
  // Whoever follows the file must not read that of an earlier run.
  rmSync(join(directory, timelineName), { force: true })
  const kept = collect(events)
  return {
    directory,
    write() {
      writeTimeline(directory, kept)
      return true
    },
  }
}

/**
 * The timeline of a run that did not pass, among the runs of real programs and kept as long as theirs: `report`, `explain`
 * and `why` find it there. One that passed leaves nothing, and costs nothing but the memory.
 */
export function keepFailedRun(events: EventStream, name: string): KeptTimeline {
  const root = runsDirectory()
  const suffix = randomBytes(2).toString('hex')
  const directory = join(root, runIdOf({ name, nowMs: Date.now(), suffix }))
  const kept = collect(events)
  return {
    directory,
    write({ outcome }) {
      if (outcome !== 'failed' && outcome !== 'inconclusive') return false
      const { invocation, keep } = invocationOf(process.env)
      pruneRuns(root, invocation, keep)
      writeTimeline(directory, kept)
      writeRunRecord(directory, { invocation, outcome })
      return true
    },
  }
}

function collect(events: EventStream): readonly WorldEvent[] {
  const kept: WorldEvent[] = []
  events.subscribe((event) => void kept.push(event))
  return kept
}

function writeTimeline(directory: string, events: readonly WorldEvent[]): void {
  const path = join(directory, timelineName)
  writing(path, () => {
    mkdirSync(directory, { recursive: true })
    writeFileSync(path, events.map((event) => `${JSON.stringify(event)}\n`).join(''))
  })
}

const timelineName = 'timeline.ndjson'
const namesMax = 150
