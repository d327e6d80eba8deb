import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../node/ports/clock.ts'
import type { RecordProgress } from '../incidents/record/record-live.ts'

/** Where there is no terminal, the progress is told this often. */
const tellMs = 60_000

export interface RecordingLinesOptions {
  readonly nodes: number
  readonly engines: number
  readonly hasL1: boolean
  readonly directory: string
  /** Whether a terminal shows one line that changes. */
  readonly isLive: boolean
  readonly clock: Pick<Clock, 'nowMs'>
  readonly write: (text: string) => void
}

/** What a recorder says while it records, beside what it prints: for people, on stderr. */
export interface RecordingLines {
  /** Once, when it begins: what is recorded, since when, and how it ends. */
  begin(): void
  /** @param more what else there is to tell. */
  progress(progress: RecordProgress, more?: string): void
  /** Makes room for a line of something else. */
  clear(): void
  end(): void
}

export function createRecordingLines(options: RecordingLinesOptions): RecordingLines {
  const { nodes, engines, hasL1, directory, isLive, clock, write } = options
  let toldMs = clock.nowMs()
  // Looked at before the recorder makes the file.
  const goesOn = existsSync(join(directory, 'timeline.ndjson'))
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`
  return {
    begin() {
      const what = [
        counted(nodes, 'node'),
        ...(engines === 0 ? [] : [counted(engines, 'engine')]),
        hasL1 ? 'L1' : 'no L1 (--l1: forks cannot be judged)',
      ].join(', ')
      const since = new Date(clock.nowMs()).toISOString()
      write(
        `recording ${what} ${goesOn ? 'on in' : 'into'} ${directory} since ${since}: what was before is not seen; Ctrl-C ends\n`,
      )
    },
    progress({ seconds, events, bytes, away, waiting }, more = '') {
      const text = [
        ...[`${seconds} s`, `${events} events`, `${(bytes / 1e6).toFixed(1)} MB`],
        ...(more === '' ? [] : [more]),
        ...(away.length > 0 ? [`away: ${away.join(', ')}`] : []),
        ...(waiting > 0 ? [`the disk is full: ${waiting} events wait`] : []),
      ].join('  ')
      if (isLive) write(`\r\u001b[K${text}`)
      else if (clock.nowMs() - toldMs >= tellMs) {
        toldMs = clock.nowMs()
        write(`${text}\n`)
      }
    },
    clear() {
      if (isLive) write('\r\u001b[K')
    },
    end() {
      if (isLive) write('\n')
    },
  }
}

/** What to do with a recording. */
export const nextLine = (directory: string) => `next: npx lockstep explain ${directory}\n`
