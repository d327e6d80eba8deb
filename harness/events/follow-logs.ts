import type { Clock } from '../../node/ports/clock.ts'
import type { Fact } from './event.ts'
import { type LogLevel, type LogLine, readLogLine } from './log-line.ts'
import { openLogSource } from './log-source.ts'
import type { EventStream } from './stream.ts'

/** The lowest level whose lines are recorded: `debug`, `info`, `warn` (the default) or `error`. */
export const logLevelVariable = 'LOCKSTEP_EVENT_LOG_LEVEL'

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error']
/** Of each component, in each second. The rest is counted. */
const linesPerSecondMax = 20
const messageMaxDefault = 1_000

/** The log of one component. */
export interface FollowedLog {
  readonly component: string
  readonly path: string
  /** What a line tells beyond itself, for programs whose lines are known. */
  readonly factsOf?: (line: LogLine) => readonly Fact[]
}

export interface FollowLogsOptions {
  readonly logs: readonly FollowedLog[]
  readonly events: Pick<EventStream, 'record'>
  readonly clock: Clock
  /** How often files are looked at. */
  readonly periodMs: number
  readonly level: LogLevel
  /** Where a message is cut, in characters. Who redacts it needs all of it. */
  readonly messageMax?: number
  /** What files hold already is left out. Default: it is read too. */
  readonly fromEnd?: boolean
}

/** Checks what a user wants recorded of logs. @throws Error naming what is possible. */
export function parseLogLevel(text: string | undefined): LogLevel {
  const level = order.find((name) => name === (text ?? 'warn'))
  if (level === undefined)
    throw new Error(`${logLevelVariable}: expected ${order.join(', ')}, found ${JSON.stringify(text)}`)
  return level
}

/** Reads logs as they grow and records their lines. Returns what ends it, after a last look. */
export function followLogs(options: FollowLogsOptions): () => Promise<void> {
  const { clock } = options
  const ended = new AbortController()
  const readers = options.logs.map((log) => createReader(log, options))
  const run = async () => {
    while (!ended.signal.aborted) {
      for (const reader of readers) reader.look()
      await clock.sleep(options.periodMs, ended.signal).catch(() => {})
    }
    for (const reader of readers) reader.finish()
  }
  const running = run()
  return () => {
    ended.abort()
    return running
  }
}

function createReader({ component, path, factsOf }: FollowedLog, options: FollowLogsOptions) {
  const { events, clock, messageMax = messageMaxDefault } = options
  const source = openLogSource(path, { fromEnd: options.fromEnd ?? false })
  const least = order.indexOf(options.level)
  let second = 0
  let inSecond = 0
  let dropped = 0

  const record = (level: LogLevel, message: string) =>
    events.record({ kind: 'log', component, level, message })
  function tellDropped(): void {
    if (dropped > 0) record('warn', `${dropped} lines dropped: more than ${linesPerSecondMax} in a second`)
    dropped = 0
  }
  function take(raw: string): void {
    const line = readLogLine(raw)
    if (line === null) return
    for (const fact of factsOf?.(line) ?? []) events.record(fact)
    if (order.indexOf(line.level) < least) return
    if (++inSecond > linesPerSecondMax) dropped++
    else record(line.level, line.text.slice(0, messageMax))
  }
  function look(): void {
    const now = Math.floor(clock.nowMs() / 1000)
    if (now !== second) {
      second = now
      inSecond = 0
      tellDropped()
    }
    const { lines, skippedBytes } = source.read()
    if (skippedBytes > 0) record('warn', `${skippedBytes} bytes of the log skipped: it grows too fast`)
    for (const line of lines) take(line)
  }
  return {
    look,
    finish() {
      look()
      tellDropped()
      source.close()
    },
  }
}
