import type { Hash } from 'viem'
import type { L1Header } from '../../ports/l1-source.ts'
import { type CountingMetrics, createCountingMetrics } from '../../ports/testing/counting-metrics.ts'
import { createFakeClock, type FakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeL1, type FakeL1 } from '../../ports/testing/fake-l1.ts'
import { createSilentLogger, type SilentLogger } from '../../ports/testing/silent-logger.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import type { L2BlockRef } from '../../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../../safe-heads/memory-store.ts'
import { createSafeHeads, type SafeHeads } from '../../safe-heads/safe-heads.ts'
import { createEngineActor, type EngineActor } from '../engine-actor.ts'
import type { EngineFollowed, EngineState, FollowCase, FollowTarget } from '../engine-client.ts'
import type { InitialElSyncOptions } from '../options.ts'
import { createFakeEngine, type FakeEngine } from './fake-engine.ts'
import {
  childOf,
  createTestChain,
  type TestChain,
  type TestChainOptions,
  userTransaction,
} from './test-chain.ts'

/** An engine actor on a fake engine, a fake L1 and virtual time. */
export interface EngineRig {
  readonly chain: TestChain
  readonly l1: FakeL1
  /** Blocks that our view of L1 has in place of what L1 has now: it is late. */
  readonly l1View: Map<bigint, Hash>
  readonly el: FakeEngine
  readonly clock: FakeClock
  readonly metrics: CountingMetrics
  readonly logger: SilentLogger
  /** The actor's, when it derives (`elSync: false`). */
  readonly safeHeads: SafeHeads
  readonly actor: EngineActor
  /** Every published state, in order. */
  readonly states: readonly EngineState[]
  ref(envelope: PayloadEnvelope): L2BlockRef
  /** `count` blocks on `parent`, each in its own way when `name` is given. They are not put anywhere. */
  extend(parent: PayloadEnvelope, count: number, origin?: L1Header, name?: string): PayloadEnvelope[]
  /** A follow target from blocks: safe is local-safe unless given, finalized is genesis unless given. */
  target(
    localSafe: PayloadEnvelope,
    labels?: { safe?: PayloadEnvelope; finalized?: PayloadEnvelope },
  ): FollowTarget
  /** Follows a target of a source that was asked for its chain. */
  follow(target: FollowTarget): Promise<FollowCase>
  /** Every follow target that the actor told to be applied, in order. */
  readonly followed: readonly EngineFollowed[]
  /** Starts the actor (again) and lets it settle. */
  start(): Promise<void>
  /** Stops the actor and waits for its end; rejects with the error that ended it. */
  stop(): Promise<void>
}

export interface EngineRigOptions extends TestChainOptions {
  readonly sequencer?: boolean
  readonly elSync?: boolean
  readonly initialElSync?: InitialElSyncOptions
  /** L1 blocks above genesis; each is 2 s. Default: 10. */
  readonly l1Blocks?: number
  /** Blocks that the engine has at the start, beyond genesis, all with their origin at L1 block 1. */
  readonly elBlocks?: number
}

/** Makes a rig whose actor has started and read its heads. */
export async function startEngineRig(options: EngineRigOptions = {}): Promise<EngineRig> {
  const rig = createEngineRig(options)
  await rig.start()
  return rig
}

export function createEngineRig(options: EngineRigOptions = {}): EngineRig {
  const l1 = createFakeL1()
  const l1View = new Map<bigint, Hash>()
  l1.mine(options.l1Blocks ?? 10)
  const chain = createTestChain(l1.at(0n), options)
  const el = createFakeEngine(chain)
  const clock = createFakeClock(1_000_000)
  const metrics = createCountingMetrics()
  const logger = createSilentLogger()
  const states: EngineState[] = []
  const followed: EngineFollowed[] = []
  const stop = new AbortController()
  let running: Promise<void> = Promise.resolve()
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  const actor = createEngineActor({
    config: chain.config,
    engine: el,
    l1,
    isOrphan: ({ number, hash }) =>
      number <= l1.head.number && (l1View.get(number) ?? l1.at(number).hash) !== hash,
    l2: el,
    clock,
    logger,
    metrics: metrics.metrics,
    safeHeads: options.elSync === false || options.initialElSync !== undefined ? safeHeads : null,
    sequencer: options.sequencer ?? false,
    ...(options.elSync === undefined ? {} : { elSync: options.elSync }),
    ...(options.initialElSync === undefined ? {} : { initialElSync: options.initialElSync }),
  })
  actor.subscribe((state) => states.push(state))
  actor.onFollowed((event) => followed.push(event))

  const rig: EngineRig = {
    chain,
    l1,
    l1View,
    el,
    clock,
    metrics,
    logger,
    safeHeads,
    actor,
    states,
    ref: ({ payload }) => l2BlockRefFromPayload(chain.config, payload),
    extend(parent, count, origin = l1.at(1n), name) {
      const blocks: PayloadEnvelope[] = []
      for (let index = 0; index < count; index++)
        blocks.push(
          childOf(
            chain.config,
            blocks.at(-1) ?? parent,
            origin,
            name === undefined ? [] : [userTransaction(name)],
          ),
        )
      return blocks
    },
    target: (localSafe, { safe = localSafe, finalized = chain.genesis } = {}) => ({
      currentL1: l1.at(0n),
      localSafe: rig.ref(localSafe),
      safe: rig.ref(safe),
      finalized: rig.ref(finalized),
    }),
    follow: (target) => actor.follow(target, true),
    followed,
    async start() {
      running = actor.run(stop.signal)
      running.catch(() => {})
      await clock.settle()
    },
    async stop() {
      stop.abort(new Error('the test is over'))
      await running
    },
  }

  el.adopt(...rig.extend(chain.genesis, options.elBlocks ?? 0))
  return rig
}
