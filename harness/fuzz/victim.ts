import { createNoMetrics } from '../../node/adapters/metrics/no-metrics.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createDecompressor } from '../../node/adapters/zlib/decompressor.ts'
import { createListeners } from '../../node/concurrency/listeners.ts'
import { isForkActive } from '../../node/config/forks.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { createFinalizer } from '../../node/derivation/finalizer.ts'
import { createLocalDerivation } from '../../node/derivation/local.ts'
import { createPipeline, type Pipeline } from '../../node/derivation/pipeline/pipeline.ts'
import { createFakeL2, type FakeL2 } from '../../node/derivation/pipeline/testing/fake-l2.ts'
import { createFakeEngineClient } from '../../node/derivation/testing/fake-engine-client.ts'
import type { L1Watcher } from '../../node/l1/l1-watcher.ts'
import { createNodeMetrics } from '../../node/metrics.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { FakeL1 } from '../../node/ports/testing/fake-l1.ts'
import { createFakeRandom } from '../../node/ports/testing/fake-random.ts'
import type { PayloadAttributes } from '../../node/protocol/payload.ts'
import { type L1BlockRef, zeroL1BlockRef } from '../../node/protocol/refs.ts'
import { createMemorySafeHeadStore } from '../../node/safe-heads/memory-store.ts'
import { createSafeHeads } from '../../node/safe-heads/safe-heads.ts'

/** The derivation of a node, as it runs in one: real time, L1 and an engine in memory. */
export interface Victim {
  readonly l2: FakeL2
  /** Waits until it has read L1 to its head. Throws when it stops, or does not get there in time. */
  settle(): Promise<void>
  stop(): Promise<void>
}

const stuckAfterMs = 120_000
const depositTypePrefix = '0x7e'

export function createVictim(config: RollupConfig, l1: FakeL1): Victim {
  const l2 = createFakeL2(config)
  const safeHeads = createSafeHeads(createMemorySafeHeadStore())
  const engine = createFakeEngineClient(l2.head, () => l1.at(0n), safeHeads)
  const metrics = createNodeMetrics(createNoMetrics())
  const latest = createListeners<L1BlockRef>()
  const idle = createListeners<L1BlockRef>()
  const never = createListeners<never>()

  engine.onConsolidate = async ({ attributes }) => {
    const valid = isExecutable(attributes)
    if (!valid && !isForkActive(config.forks, 'holocene', attributes.timestamp))
      return { kind: 'dropped', reason: 'a transaction is invalid' }
    const block = l2.build(valid ? attributes : depositsOnly(attributes))
    engine.update({ unsafe: block, localSafe: block, pendingSafe: block, safe: block })
    return { kind: valid ? 'built' : 'deposits-only', block }
  }

  const pipeline = createPipeline({
    config,
    l1,
    l2,
    decompressor: createDecompressor(),
    logger: quiet,
    metrics,
  })
  const derivation = createLocalDerivation({
    pipeline: announceIdle(pipeline, () => idle.emit(pipeline.origin)),
    finalizer: createFinalizer({ l1, reaches: () => true, engine, safeHeads, logger: quiet }),
    engine,
    watcher: {
      l1,
      heads: { latest: l1.head, safe: zeroL1BlockRef, finalized: zeroL1BlockRef },
      onLatest: latest.add,
      onFinalized: never.add,
      onChainChange: never.add as unknown as L1Watcher['onChainChange'],
    },
    clock: createSystemClock(),
    random: createFakeRandom(),
    logger: quiet,
    metrics,
  })
  const stop = new AbortController()
  const running = derivation.run(stop.signal)
  // Reported by `settle`, which always comes.
  running.catch(() => {})

  return {
    l2,
    async settle() {
      let unsubscribe = () => {}
      let timer: NodeJS.Timeout | undefined
      const arrived = new Promise<void>((resolve, reject) => {
        unsubscribe = idle.add((origin) => {
          if (origin.hash === l1.head.hash) resolve()
        })
        timer = setTimeout(() => {
          reject(
            new Error(`expected L1 block ${l1.head.number} to be read, stuck at ${pipeline.origin.number}`),
          )
        }, stuckAfterMs)
      })
      latest.emit(l1.head)
      await Promise.race([arrived, running]).finally(() => {
        unsubscribe()
        clearTimeout(timer)
      })
    },
    async stop() {
      stop.abort(new Error('done'))
      await running.catch(() => {})
    },
  }
}

/** What an engine would find, as far as it matters here: the block can be paid for, and each transaction looks like one. */
function isExecutable({ transactions, gasLimit }: PayloadAttributes): boolean {
  const sequenced = transactions.filter((transaction) => !transaction.startsWith(depositTypePrefix))
  const gas = sequenced.reduce((sum, { length }) => sum + Math.max(21_000, 4 * ((length - 2) / 2)), 0)
  return gas <= Number(gasLimit) && sequenced.every((one) => one.startsWith('0x02') && one.length > 60)
}

function depositsOnly(attributes: PayloadAttributes): PayloadAttributes {
  const transactions = attributes.transactions.filter((one) => one.startsWith(depositTypePrefix))
  return { ...attributes, transactions }
}

function announceIdle(pipeline: Pipeline, announce: () => void): Pipeline {
  return {
    get origin() {
      return pipeline.origin
    },
    get held() {
      return pipeline.held
    },
    async step(parent, signal) {
      const step = await pipeline.step(parent, signal)
      if (step.kind === 'idle') announce()
      return step
    },
    reset: (safeHead, signal) => pipeline.reset(safeHead, signal),
    flushChannel: () => pipeline.flushChannel(),
  }
}

/** Lines would be kept in memory, which is what is measured. */
const quiet: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => quiet,
}
