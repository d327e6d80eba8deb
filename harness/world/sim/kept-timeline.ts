import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writing } from '../../disk-failure.ts'
import type { EventStream } from '../../events/stream.ts'

/** The timeline of a simulated world, which touches no file while it runs. */
export interface KeptTimeline {
  /** The directory that it goes to, named as that of a live run would be. */
  readonly directory: string
  /** Writes it. @throws DiskFailure. */
  write(): void
}

export function keepTimeline(events: EventStream, root: string, name: string): KeptTimeline {
  const directory = join(root, name.replaceAll(/[^\w.-]+/g, '-').slice(0, namesMax))
  const path = join(directory, 'timeline.ndjson')
  // Whoever follows the file must not read that of an earlier run.
  rmSync(path, { force: true })
  const lines: string[] = []
  events.subscribe((event) => void lines.push(`${JSON.stringify(event)}\n`))
  return {
    directory,
    write() {
      writing(path, () => {
        mkdirSync(directory, { recursive: true })
        writeFileSync(path, lines.join(''))
      })
    },
  }
}

const namesMax = 150
