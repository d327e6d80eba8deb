import { expect } from 'vitest'
import { createListeners } from '../../concurrency/listeners.ts'
import type { L1ChainChange } from '../../l1/l1-chain-view.ts'
import type { L1Heads } from '../../l1/l1-watcher.ts'
import { createCountingMetrics } from '../../ports/testing/counting-metrics.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { createFakeL1 } from '../../ports/testing/fake-l1.ts'
import { createFakeRandom } from '../../ports/testing/fake-random.ts'
import { createSilentLogger } from '../../ports/testing/silent-logger.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import {
  type BlockId,
  type L1BlockRef,
  type L2BlockRef,
  zeroHash,
  zeroL1BlockRef,
} from '../../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../../safe-heads/memory-store.ts'
import { createSafeHeads } from '../../safe-heads/safe-heads.ts'
import { createFinalizer } from '../finalizer.ts'
import { createLocalDerivation } from '../local.ts'
import type { Pipeline, PipelineStep } from '../pipeline/pipeline.ts'
import { createFakeEngineClient, l2Genesis } from './fake-engine-client.ts'

/** What a test may hold up; undefined lets it pass. */
type Gate = 'step' | 'pipeline reset' | 'consolidate' | 'engine reset'

/**
 * The actor on a scripted pipeline: each step takes the next entry of `script`; without one it is idle. `trace` is what
 * the actor asked for; what a gate of that name holds up goes on when its promise resolves, or fails with it.
 */
export async function startLocalDerivation(options: { readonly initialized?: boolean } = {}) {
  const l1 = createFakeL1()
  l1.mine(20)
  const clock = createFakeClock(1_000)
  const genesis = l2Genesis(l1.at(0n), 0n)
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  const engine = createFakeEngineClient(genesis, () => l1.at(1n), safeHeads)
  const counting = createCountingMetrics()
  const logger = createSilentLogger()
  const latest = createListeners<L1BlockRef>()
  const finalized = createListeners<L1BlockRef>()
  const changes = createListeners<L1ChainChange>()
  const heads = { latest: l1.head, safe: zeroL1BlockRef, finalized: zeroL1BlockRef as L1BlockRef }
  const script: (PipelineStep | Error)[] = []
  const trace: string[] = []
  const gates: { -readonly [name in Gate]?: Promise<void> } = {}
  const pass = async (name: Gate) => {
    trace.push(name)
    await gates[name]
  }
  const { consolidate, reset } = engine
  engine.consolidate = async (derived) => {
    await pass('consolidate')
    return consolidate(derived)
  }
  engine.reset = async (reason, options) => {
    await pass('engine reset')
    return reset(reason, options)
  }
  if (options.initialized === false) engine.update({ initialized: false })
  const parents: L2BlockRef[] = []
  const resets: L2BlockRef[] = []
  let flushed = 0
  let stepping = 0
  const pipeline: Pipeline & { origin: L1BlockRef } = {
    origin: zeroL1BlockRef,
    async step(parent) {
      parents.push(parent)
      expect(++stepping).toBe(1)
      await pass('step').finally(() => stepping--)
      const next = script.shift() ?? { kind: 'idle' }
      if (next instanceof Error) throw next
      if (next.kind === 'advanced') pipeline.origin = next.origin
      return next
    },
    async reset(safeHead) {
      resets.push(safeHead)
      await pass('pipeline reset')
      pipeline.origin = l1.at(1n)
    },
    flushChannel() {
      flushed++
      trace.push('flush')
    },
    held: { channels: 0, bytes: 0 },
  }
  const reaches = ({ number, hash }: BlockId) => number <= l1.head.number && l1.at(number).hash === hash
  const derivation = createLocalDerivation({
    pipeline,
    finalizer: createFinalizer({ l1, reaches, engine, safeHeads, logger }),
    engine,
    watcher: {
      l1,
      get heads(): L1Heads {
        return heads
      },
      onLatest: latest.add,
      onFinalized: finalized.add,
      onChainChange: changes.add,
    },
    clock,
    random: createFakeRandom(),
    logger,
    metrics: counting.metrics,
  })
  const attributes = (parent: L2BlockRef, derivedFrom: L1BlockRef, isLastInSpan = true): PipelineStep => ({
    kind: 'attributes',
    attributes: {
      parent,
      derivedFrom,
      isLastInSpan,
      attributes: {
        timestamp: parent.timestamp + 1n,
        prevRandao: zeroHash,
        suggestedFeeRecipient: `0x${'00'.repeat(20)}`,
        transactions: [],
        noTxPool: true,
        gasLimit: 0n,
      },
    } satisfies AttributesWithParent,
  })
  const stop = new AbortController()
  const ended: { error?: unknown } = {}
  derivation.run(stop.signal).catch((error: unknown) => Object.assign(ended, { error }))
  await clock.settle()
  return {
    l1,
    clock,
    genesis,
    engine,
    counting,
    derivation,
    script,
    trace,
    gates,
    /** A reset of the engine that nobody here asked for. */
    engineReset: () => reset('test'),
    parents,
    resets,
    /** As a pipeline that still repeats what gave its safe head. */
    loseOrigin() {
      pipeline.origin = zeroL1BlockRef
    },
    heads,
    ended,
    attributes,
    value: counting.value,
    flushed: () => flushed,
    async newHead() {
      latest.emit(l1.head)
      await clock.settle()
    },
    async finalize(number: bigint, block = l1.at(number)) {
      heads.finalized = block
      finalized.emit(heads.finalized)
      await clock.settle()
    },
    async reorged(removed: L1BlockRef) {
      changes.emit({ head: l1.head, added: [l1.head], removed: [removed], restarted: false })
      latest.emit(l1.head)
      await clock.settle()
    },
  }
}
