import { createListeners } from '../concurrency/listeners.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { Derivation } from '../derivation/derivation.ts'
import type { EngineClient } from '../engine/engine-client.ts'
import type { L1Watcher } from '../l1/l1-watcher.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowSource } from '../ports/follow-source.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import type { L1BlockRef } from '../protocol/refs.ts'
import { createCursor } from './cursor.ts'
import { runPolls } from './poll-loop.ts'
import { createFollowRecord } from './record.ts'
import type { FollowStatus } from './status.ts'
import { createSourceTracker } from './tracker.ts'

/** Derivation by following another consensus node. No derivation stage exists in this mode. */
export interface DelegatedDerivation extends Derivation {
  readonly mode: 'follow'
  followStatus(): FollowStatus
}

export interface DelegatedDerivationOptions {
  readonly config: RollupConfig
  readonly follow: { readonly sourceUrl: string; readonly pollIntervalMs: number; readonly timeoutMs: number }
  readonly source: FollowSource
  /** Own L1: the judge of everything that the source says about L1. */
  readonly l1: L1Source
  readonly watcher: Pick<L1Watcher, 'heads' | 'onChainChange'>
  readonly engine: EngineClient
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** follow-mode.md, "One tick": a tracker for the source, and the cursor and the record that its statuses move. */
export function createDelegatedDerivation(options: DelegatedDerivationOptions): DelegatedDerivation {
  const { config, follow, source, l1, watcher, engine, clock, logger, metrics } = options
  const record = createFollowRecord({ sourceUrl: follow.sourceUrl, clock, logger, metrics })
  const listeners = createListeners<L1BlockRef>()
  const cursor = createCursor({ l1, engine, listeners, logger })
  const doubts = createWakeup()

  const settleDoubts = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      await doubts.wait(signal)
      await cursor.settle(signal)
    }
  }

  return {
    mode: 'follow',
    get currentL1() {
      return cursor.currentL1
    },
    onCurrentL1: listeners.add,
    followStatus: () => ({ ...record.status(), ...(engine.state.elSyncing ? {} : { target: null }) }),
    async run(signal) {
      const subscriptions = [
        engine.onFollowed((followed) => {
          cursor.applied(followed)
          record.applied(followed)
        }),
        engine.onReset(() => {
          cursor.doubt()
          doubts.ring()
        }),
        watcher.onChainChange((change) => {
          cursor.onL1Change(change)
          doubts.ring()
        }),
      ]
      const tracker = createSourceTracker({
        ...options,
        timeoutMs: follow.timeoutMs,
        source,
        l1Head: () => watcher.heads.latest,
        wasReplaced: cursor.wasReplaced,
        cursor,
        record,
      })
      try {
        const settling = settleDoubts(signal).catch(() => {})
        await runPolls(
          {
            poll: tracker.poll,
            record,
            limits: { blockTimeMs: Number(config.blockTime) * 1000, periodMs: follow.pollIntervalMs },
            clock,
            random: options.random,
          },
          signal,
        )
        await settling
      } finally {
        for (const unsubscribe of subscriptions) unsubscribe()
      }
      logger.debug('stopped following')
    },
    async reset() {
      await engine.reset('admin_resetDerivationPipeline')
    },
  }
}
