import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { type Fact, timelineVersion } from '../../events/event.ts'
import { beaconPoll, type HttpGet } from './beacon-poll.ts'
import { consensusPoll } from './consensus-poll.ts'
import { enginePoll } from './engine-poll.ts'
import { l1Poll } from './l1-poll.ts'
import { metricsPoll } from './metrics-poll.ts'
import { pollLoop } from './poll-loop.ts'
import { recordingTopology } from './recording-topology.ts'
import { watchSigner } from './signer-watch.ts'

/** A public endpoint by the name that the recording gives it. */
export interface Endpoint {
  readonly name: string
  readonly rpc: Pick<JsonRpcClient, 'request' | 'requestAll'>
}

export interface RecordOptions {
  readonly runId: string
  readonly cls: readonly Endpoint[]
  readonly els: readonly Endpoint[]
  /** Null when there is none: nothing about L1 can be judged then. */
  readonly l1: Pick<Endpoint, 'rpc'> | null
  /** Null: not recorded. */
  readonly beacon?: HttpGet | null
  /** Metrics by the name of their node. */
  readonly metrics?: readonly { readonly name: string; readonly get: HttpGet }[]
  /** Whom a consensus node follows, by its name. */
  readonly follows: Readonly<Record<string, string>>
  /** In seconds. */
  readonly l1BlockTime: number
  readonly l2BlockTime: number
  readonly clock: Clock
  readonly record: (fact: Fact) => void
  /** Ends the recording. */
  readonly signal: AbortSignal
}

/** Metrics are long, and a scrape costs a node more than a status. */
const metricsMsMin = 5_000

/**
 * Records what public endpoints tell, until the signal aborts. Each is asked a quarter of the shorter block time, by a
 * loop of its own: one that is slow or away delays no other.
 */
export async function recordEndpoints(options: RecordOptions): Promise<void> {
  const { cls, els, l1, clock, record, signal, l1BlockTime, l2BlockTime } = options
  const { beacon = null, metrics = [] } = options
  const periodMs = (Math.min(l1BlockTime, l2BlockTime) * 1000) / 4
  record({
    ...{ kind: 'run', version: timelineVersion, runId: options.runId, scenario: options.runId },
    ...{ topology: recordingTopology, runnerPid: 0 },
    startedAt: new Date(clock.nowMs()).toISOString(),
    parameters: {
      ...{ l1BlockTime, l2BlockTime, follows: options.follows },
      ...{ cls: cls.map(({ name }) => name), els: els.map(({ name }) => name), l1: l1 !== null },
    },
  })
  const loop = (name: string, poll: (signal: AbortSignal) => Promise<number>, every = periodMs) =>
    pollLoop({ name, poll, periodMs: every, clock, signal, record })
  await Promise.all([
    ...(l1 === null ? [] : [loop('l1', l1Poll(l1.rpc, record, watchSigner({ l1: l1.rpc, cls, record })))]),
    ...cls.map(({ name, rpc }) => loop(name, consensusPoll(name, rpc, record))),
    ...els.map(({ name, rpc }) => loop(name, enginePoll(name, rpc, record))),
    ...(beacon === null ? [] : [loop('beacon', beaconPoll('beacon', beacon, record), l1BlockTime * 1000)]),
    ...metrics.map(({ name, get }) =>
      loop(`metrics of ${name}`, metricsPoll(name, get, record), Math.max(metricsMsMin, 4 * periodMs)),
    ),
  ])
  record({ kind: 'end', outcome: 'stopped', durationMs: 0 })
}
