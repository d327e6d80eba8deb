import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { Clock } from '../../node/ports/clock.ts'
import { type BlockId, isZeroRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import { syncStatusFromJson } from '../../node/protocol/sync-status-json.ts'
import type { Fact, HeadLevel } from '../events/event.ts'
import type { EventStream } from '../events/stream.ts'
import { headOf, l1HeadOf, l1Levels, levels } from './levels.ts'

/** One for all: a reason is made with a trace, which costs as much as a look. */
const over = new Error('not waited for any more')

/** What a node said about itself, and when. Times are Unix time in milliseconds. */
export interface Observation {
  readonly node: string
  /** The node answered with what it knew at some moment between these two. */
  readonly askedMs: number
  readonly answeredMs: number
  readonly status: SyncStatus
}

/** The last failure to observe. */
export interface ObservationError {
  readonly atMs: number
  readonly message: string
}

/** The one poller of a node's status. Every wait and every invariant reads it; none polls by itself. */
export interface StatusStream {
  readonly node: string
  readonly latest: Observation | null
  readonly lastError: ObservationError | null
  /** Calls back after each observation and each failure, in order; returns what ends it. */
  subscribe(listener: () => void): () => void
  /** Calls back before the listeners of `subscribe`, with each successful observation. */
  onObservation(listener: (observation: Observation) => void): () => void
  /**
   * The first observation that was asked for after this call.
   * @throws the failure to observe, or the signal's reason.
   */
  observe(signal?: AbortSignal): Promise<Observation>
  stop(): Promise<void>
}

export interface StartStatusStreamOptions {
  readonly node: string
  readonly rpc: Pick<JsonRpcClient, 'request'>
  readonly periodMs: number
  readonly clock: Clock
  readonly events: EventStream
}

/** What a status says of each head. */
export function headFacts(node: string, status: SyncStatus): readonly Extract<Fact, { kind: 'head' }>[] {
  const block = ({ number, hash }: BlockId) => ({ number: Number(number), hash })
  return [
    ...levels.map((level) => {
      const { l1Origin, parentHash, ...ref } = headOf(status, level)
      const told = isZeroRef(ref) ? {} : { origin: block(l1Origin) }
      return {
        kind: 'head' as const,
        node,
        level,
        block: { ...block(ref), ...(isZeroRef(ref) ? {} : { parent: parentHash }) },
        ...told,
      }
    }),
    ...l1Levels.map((level) => ({
      ...{ kind: 'head' as const, node, level },
      block: block(l1HeadOf(status, level)),
    })),
  ]
}

/** Starts observing: one request at a time, the next one a period after the last began. */
export function startStatusStream(options: StartStatusStreamOptions): StatusStream {
  const { node, rpc, periodMs, clock, events } = options
  const ended = new AbortController()
  const listeners = new Set<() => void>()
  const observers = new Set<(observation: Observation) => void>()
  const published = new Map<HeadLevel, string>()
  let latest: Observation | null = null
  let lastError: ObservationError | null = null
  let wanted: PromiseWithResolvers<Observation>[] = []
  let hurry = new AbortController()

  let recorded: SyncStatus | null = null
  function recordMoves(status: SyncStatus): void {
    if (status === recorded) return
    recorded = status
    for (const fact of headFacts(node, status)) {
      if (published.get(fact.level) === fact.block.hash) continue
      published.set(fact.level, fact.block.hash)
      events.record(fact)
    }
  }

  async function observeOnce(): Promise<void> {
    const waiting = wanted
    wanted = []
    const askedMs = clock.nowMs()
    try {
      const status = syncStatusFromJson(await rpc.request('optimism_syncStatus', [], ended.signal))
      const observation: Observation = { node, askedMs, answeredMs: clock.nowMs(), status }
      latest = observation
      recordMoves(status)
      for (const observer of observers) observer(observation)
      for (const { resolve } of waiting) resolve(observation)
    } catch (error) {
      for (const { reject } of waiting) reject(error)
      if (ended.signal.aborted) return
      lastError = { atMs: clock.nowMs(), message: error instanceof Error ? error.message : String(error) }
    }
    for (const listener of listeners) listener()
  }

  async function run(): Promise<void> {
    while (!ended.signal.aborted) {
      const startedMs = clock.nowMs()
      await observeOnce()
      if (wanted.length > 0) continue
      hurry = new AbortController()
      const rest = Math.max(0, startedMs + periodMs - clock.nowMs())
      if (!ended.signal.aborted) await clock.sleep(rest, hurry.signal).catch(() => {})
    }
  }
  const running = run()

  return {
    node,
    get latest() {
      return latest
    },
    get lastError() {
      return lastError
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    onObservation(listener) {
      observers.add(listener)
      return () => observers.delete(listener)
    },
    async observe(signal) {
      if (ended.signal.aborted) throw new Error(`${node} is not observed any more`)
      const answer = Promise.withResolvers<Observation>()
      wanted.push(answer)
      hurry.abort(over)
      if (signal === undefined) return answer.promise
      const abort = () => answer.reject(signal.reason)
      if (signal.aborted) abort()
      signal.addEventListener('abort', abort, { once: true })
      return answer.promise.finally(() => signal.removeEventListener('abort', abort))
    },
    async stop() {
      ended.abort(over)
      hurry.abort(over)
      await running
      for (const { reject } of wanted) reject(new Error(`${node} is not observed any more`))
    },
  }
}
