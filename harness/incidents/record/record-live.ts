import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { lockDirectory } from '../../../node/adapters/files/directory-lock.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import type { Fact, WorldEvent } from '../../events/event.ts'
import { followLogs } from '../../events/follow-logs.ts'
import { createHttpGet } from './http-get.ts'
import { recordEndpoints } from './recorder.ts'
import { openRecordingFile } from './recording-file.ts'
import { createRedaction, redactFact } from './redact.ts'

export interface NamedUrl {
  readonly name: string
  readonly url: string
}

export interface RecordLiveOptions {
  readonly cls: readonly NamedUrl[]
  readonly els: readonly NamedUrl[]
  readonly l1Url: string | null
  readonly beaconUrl: string | null
  readonly metrics: readonly NamedUrl[]
  readonly logs: readonly { readonly name: string; readonly path: string }[]
  readonly follows: Readonly<Record<string, string>>
  readonly directory: string
  readonly bytesMax: number
  readonly redact: readonly RegExp[]
  readonly l1BlockTime: number
  readonly l2BlockTime: number
  readonly signal: AbortSignal
  /** Hears of every event that was written, as it was. */
  readonly onEvent?: (event: WorldEvent) => void
  /** Called when the directory is its own and the file can be written. */
  readonly onBegin?: () => void
  /** Called about once a second with what was recorded so far. */
  readonly onProgress?: (progress: RecordProgress) => void
}

export interface RecordProgress {
  readonly events: number
  readonly bytes: number
  readonly seconds: number
  /** Who does not answer now. */
  readonly away: readonly string[]
  /** Events that wait for room on a full disk. */
  readonly waiting: number
}

/** A call that takes longer counts as a gap. */
const timeoutMs = 5_000

/**
 * Records over HTTP into `timeline.ndjson` of the directory, until the signal aborts or the file cannot be written.
 * @throws RecordingError; ConfigError when another recorder has the directory.
 */
export async function recordLive(options: RecordLiveOptions): Promise<RecordProgress> {
  const { directory, bytesMax } = options
  const clock = createSystemClock()
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  using _lock = lockDirectory(directory, '--out', 'another recorder')
  const redact = createRedaction(options.redact, [
    ...[...options.cls, ...options.els, ...options.metrics].map(({ url }) => url),
    ...[options.l1Url, options.beaconUrl].filter((url) => url !== null),
  ])
  const file = openRecordingFile({
    ...{ path: join(directory, 'timeline.ndjson'), bytesMax, nowMs: () => clock.nowMs() },
  })
  options.onBegin?.()
  const failure = new AbortController()
  const signal = AbortSignal.any([options.signal, failure.signal])
  const away = new Set<string>()
  const startedMs = clock.nowMs()
  let toldMs = startedMs
  const progress = (): RecordProgress => ({
    ...{ events: file.events, bytes: file.bytes, away: [...away], waiting: file.waiting },
    seconds: Math.round((clock.nowMs() - startedMs) / 1000),
  })

  function record(fact: Fact): void {
    if (failure.signal.aborted) return
    if (fact.kind === 'rpc' && fact.outcome !== 'ok') away.add(fact.link.replace('recorder→', ''))
    if (fact.kind === 'gap') away.delete(fact.component)
    try {
      const written = redactFact(fact, redact)
      file.record(written)
      options.onEvent?.({ seq: file.events, t: clock.nowMs(), ...written })
    } catch (error) {
      failure.abort(error)
    }
    if (clock.nowMs() - toldMs < 1_000) return
    toldMs = clock.nowMs()
    options.onProgress?.(progress())
  }

  const endpoint = ({ name, url }: NamedUrl) => ({ name, rpc: createHttpRpcClient({ url, timeoutMs }) })
  // It tells the header before it waits for anything: lines of logs come after it.
  const recording = recordEndpoints({
    ...{ runId: `recording-${new Date(startedMs).toISOString()}`, clock, record, signal },
    ...{ follows: options.follows, l1BlockTime: options.l1BlockTime, l2BlockTime: options.l2BlockTime },
    ...{ cls: options.cls.map(endpoint), els: options.els.map(endpoint) },
    beacon: options.beaconUrl === null ? null : createHttpGet(options.beaconUrl, timeoutMs),
    metrics: options.metrics.map(({ name, url }) => ({ name, get: createHttpGet(url, timeoutMs) })),
    l1: options.l1Url === null ? null : endpoint({ name: 'l1', url: options.l1Url }),
  })
  const stopLogs = followLogs({
    ...{ clock, level: 'info', periodMs: 250, events: { record } },
    // It is cut when it is redacted: half a credential is none that can be seen.
    messageMax: Number.POSITIVE_INFINITY,
    // A time of a line is when it was read, and who goes on with a recording has its old lines.
    fromEnd: true,
    logs: options.logs.map(({ name, path }) => ({ component: name, path })),
  })
  try {
    await recording
  } finally {
    await stopLogs()
    file.close()
  }
  if (failure.signal.aborted) throw failure.signal.reason
  return progress()
}
