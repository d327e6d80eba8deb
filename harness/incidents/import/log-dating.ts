import type { LogTime } from './log-time.ts'

/** Places the times of one log, in the order of its lines, on one line of time. */
export interface LogDating {
  /** Unix time in milliseconds; of a time of day: since the midnight before the first line, to which `shiftMs` is added. */
  place(time: LogTime): number
  /** What is added to every placed time, when all were read. */
  readonly shiftMs: number
  /** Which date the first line was taken to be of; null when the lines say their dates. */
  readonly assumed: string | null
}

const dayMs = 86_400_000

/**
 * `date` (Unix time of its midnight, UTC) is that of the first line. Without one the last line is of the day on which the
 * file was written last.
 */
export function createLogDating(options: {
  readonly date: number | null
  readonly modifiedMs: number
}): LogDating {
  const { date, modifiedMs } = options
  let days = 0
  let last = 0
  let isRelative = false
  let first: number | null = null
  const firstDay = () => date ?? midnight(modifiedMs) - days * dayMs
  return {
    place(time) {
      switch (time.kind) {
        case 'instant':
          return time.ms
        case 'time-of-day':
          isRelative = true
          // More than half a day back is another day; less is a line that was written late.
          if (time.ms < last - dayMs / 2) days++
          last = time.ms
          return days * dayMs + time.ms
        case 'day-of-year': {
          const latestMs = date === null ? modifiedMs + dayMs : date + 366 * dayMs
          const year = new Date(latestMs).getUTCFullYear()
          const inYear = (one: number) => Date.UTC(one, time.month - 1, time.day) + time.ms
          const ms = inYear(year) > latestMs ? inYear(year - 1) : inYear(year)
          first ??= ms
          return ms
        }
      }
    },
    get shiftMs() {
      return isRelative ? firstDay() : 0
    },
    get assumed() {
      if (isRelative) return new Date(firstDay()).toISOString().slice(0, 10)
      return first === null ? null : new Date(first).toISOString().slice(0, 10)
    },
  }
}

function midnight(ms: number): number {
  return Math.floor(ms / dayMs) * dayMs
}
