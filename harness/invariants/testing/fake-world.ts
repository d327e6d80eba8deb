import type { Hash } from 'viem'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import { createFakeClock, type FakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { type BlockId, type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { blockIdToJson } from '../../../node/protocol/sync-status-json.ts'
import type { WorldEvent } from '../../events/event.ts'
import { createEventStream, type EventStream } from '../../events/stream.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { createL1View, type L1View } from '../../world/l1-view.ts'
import type { SafeHeadAtL1 } from '../../world/safe-head-at-l1.ts'
import type { Observation } from '../../world/status-stream.ts'
import type { InvariantViolation } from '../invariant.ts'
import { type InvariantWatch, type WatchedNode, type WatchedWorld, watchInvariants } from '../monitor.ts'

/** A hash that shows its number and fork. */
export const fakeHash = (number: number, fork: string) =>
  `0x${fork.repeat(60)}${number.toString(16).padStart(4, '0')}` as Hash
export const l1 = (number: number, fork = 'a'): BlockId => ({
  number: BigInt(number),
  hash: fakeHash(number, fork),
})
/** Block `number` of the L2 chain `fork`, which leaves chain `c` at genesis. */
export const l2 = (number: number, fork = 'c', origin = l1(0)): L2BlockRef => ({
  ...zeroL2BlockRef,
  number: BigInt(number),
  hash: number === 0 ? fakeHash(0, 'c') : fakeHash(number, fork),
  l1Origin: origin,
})

export interface Heads {
  readonly unsafe?: L2BlockRef
  readonly localSafe?: L2BlockRef
  readonly safe?: L2BlockRef
  readonly finalized?: L2BlockRef
  readonly currentL1?: BlockId
}

/** A run of `sequencer`, `reference` and `follower` that consists of nothing but its events. */
export interface FakeWorld {
  readonly clock: FakeClock
  readonly events: EventStream
  readonly recorded: readonly WorldEvent[]
  readonly l1View: L1View
  /** How often node and engine were started. */
  readonly starts: Record<string, { node: number; engine: number }>
  /** Invariants that the follower is known not to keep. */
  readonly deviates: Map<string, string>
  /** The node publishes that. */
  publish(node: string, heads: Heads): void
  /** A block, and all below it on its chain, passes the node's engine link. */
  chain(node: string, upTo: number, fork?: string): void
  /** What nodes have on record as their newest safe head. */
  readonly records: Map<string, SafeHeadAtL1>
  /** From now on the node is one that keeps a record. */
  keepRecord(node: string): void
  /** The node sends a forkchoice update. */
  forkchoice(
    node: string,
    heads: { readonly unsafe: Hash; readonly safe?: Hash; readonly finalized?: Hash },
    more?: {
      readonly attributes?: boolean
      readonly status?: string | null
      readonly outcome?: string
      readonly durationMs?: number
    },
  ): void
  /** The reference tells the follower its status. */
  report(follower: string, heads: Heads): void
  /** For a watch of another kind. */
  readonly watched: WatchedWorld
  /** Begins to watch. What was before counts too. */
  watch(): InvariantWatch
  /** The first violation as `invariant: what`; null when there was none. */
  violation(): string | null
}

export function createFakeWorld(): FakeWorld {
  const clock = createFakeClock(1_000_000)
  const events = createEventStream(clock)
  const recorded: WorldEvent[] = []
  events.subscribe((event) => recorded.push(event))
  const l1View = createL1View(l1(0))
  const failed = new AbortController()
  const starts: FakeWorld['starts'] = {}
  const observers = new Map<string, Set<(observation: Observation) => void>>()
  const cls = new Map<string, WatchedNode>()
  const deviates = new Map<string, string>()
  const records: FakeWorld['records'] = new Map()
  for (const [name, spec] of Object.entries(twoVerifiersFollowing.cls)) {
    const ours = { node: 1, engine: 1 }
    starts[name] = ours
    const listeners = new Set<(observation: Observation) => void>()
    observers.set(name, listeners)
    cls.set(name, {
      name,
      spec,
      deviates: name === 'follower' ? deviates : new Map(),
      rpc: {
        async request(method, params = []) {
          const record = records.get(name)
          if (method !== 'optimism_safeHeadAtL1Block') throw new Error(`${method} is not there`)
          if (record === undefined || BigInt(params[0] as string) < record.l1Block.number)
            throw new JsonRpcError(rpcErrorCode.server, 'not found')
          const { l1Block, safeHead } = record
          return { l1Block: blockIdToJson(l1Block), safeHead: blockIdToJson(safeHead) }
        },
      },
      status: {
        onObservation(listener) {
          listeners.add(listener)
          return () => listeners.delete(listener)
        },
      },
      lifecycle: {
        get starts() {
          return ours.node
        },
      },
      el: {
        lifecycle: {
          get starts() {
            return ours.engine
          },
        },
      },
    })
  }
  const block = ({ number, hash }: BlockId) => ({ number: Number(number), hash })
  const head = (ref: L2BlockRef) => ({ ...block(ref), origin: block(ref.l1Origin) })
  const zero = fakeHash(0, '0')
  const watched: WatchedWorld = {
    parameters: twoVerifiersFollowing.parameters,
    rollup: { genesis: { l1: l1(0), l2: l2(0), l2Time: BigInt(clock.nowMs() / 1_000) } },
    ...{ events, cls, failed: failed.signal, fail: (error) => failed.abort(error) },
    l1: { view: l1View },
  }
  return {
    ...{ clock, events, recorded, l1View, starts, deviates, records },
    keepRecord(node) {
      const watched = cls.get(node)!
      cls.set(node, { ...watched, spec: { ...watched.spec, safeDb: true } })
    },
    publish(node, heads) {
      const nowMs = clock.nowMs()
      const observation = { node, askedMs: nowMs, answeredMs: nowMs, status: statusOf(heads) }
      for (const listener of observers.get(node) ?? []) listener(observation)
    },
    chain(node, upTo, fork = 'c') {
      for (let number = 1; number <= upTo; number++)
        events.record({
          ...{ kind: 'engine', link: `${node}→${node}-el(engine)`, method: 'engine_newPayloadV4' },
          block: { number, hash: l2(number, fork).hash, parent: l2(number - 1, fork).hash },
          ...{ status: 'VALID', outcome: 'ok', durationMs: 1 },
        })
    },
    forkchoice(
      node,
      { unsafe, safe = zero, finalized = zero },
      {
        attributes = false,
        status = 'VALID',
        outcome = status === null ? 'unreachable' : 'ok',
        durationMs = 1,
      } = {},
    ) {
      events.record({
        ...{ kind: 'engine', link: `${node}→${node}-el(engine)`, method: 'engine_forkchoiceUpdatedV3' },
        ...{
          heads: { unsafe, safe, finalized },
          attributes,
          outcome,
        },
        ...(status === null ? {} : { status }),
        durationMs,
      })
    },
    report(follower, heads) {
      const status = statusOf(heads)
      events.record({
        ...{ kind: 'source', follower, source: 'reference', outcome: 'ok', durationMs: 1 },
        heads: {
          unsafe: head(status.unsafeL2),
          localSafe: head(status.localSafeL2),
          crossSafe: head(status.safeL2),
          finalized: head(status.finalizedL2),
          currentL1: block(status.currentL1),
        },
      })
    },
    watched,
    watch: () => watchInvariants(watched),
    violation() {
      const error: InvariantViolation | undefined = failed.signal.reason
      return failed.signal.aborted ? `${error?.invariant}: ${error?.found}` : null
    },
  }
}

/** By default: unsafe 9, local-safe and safe 5, finalized 1, current L1 0. */
function statusOf(heads: Heads): SyncStatus {
  const localSafeL2 = heads.localSafe ?? l2(5)
  return {
    currentL1: { ...zeroL1BlockRef, ...(heads.currentL1 ?? l1(0)) },
    currentL1Finalized: zeroL1BlockRef,
    headL1: zeroL1BlockRef,
    safeL1: zeroL1BlockRef,
    finalizedL1: zeroL1BlockRef,
    unsafeL2: heads.unsafe ?? l2(9),
    safeL2: heads.safe ?? localSafeL2,
    finalizedL2: heads.finalized ?? l2(1),
    pendingSafeL2: zeroL2BlockRef,
    crossUnsafeL2: zeroL2BlockRef,
    localSafeL2,
  }
}
