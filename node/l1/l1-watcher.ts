import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import { createListeners } from '../concurrency/listeners.ts'
import type { Actor } from '../concurrency/supervise.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Header, L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { formatRef, type L1BlockRef, zeroL1BlockRef } from '../protocol/refs.ts'
import { createRefRecorder } from '../ref-metrics.ts'
import { connectHead, type L1ChainChange, type L1ChainView } from './l1-chain-view.ts'

/** The L1 labels as last seen; the zero reference until known. */
export interface L1Heads {
  readonly latest: L1BlockRef
  readonly safe: L1BlockRef
  readonly finalized: L1BlockRef
}

/** Watches own L1 and tells the other actors what changed. Listeners run synchronously, in order. */
export interface L1Watcher extends Actor {
  readonly heads: L1Heads
  /** Called when `latest` names another block. */
  onLatest(listener: (ref: L1BlockRef) => void): () => void
  /** Called when `finalized` names another block. */
  onFinalized(listener: (ref: L1BlockRef) => void): () => void
  /** Called with every block that came or went, contiguously: no block between two polls is left out. */
  onChainChange(listener: (change: L1ChainChange) => void): () => void
}

export interface L1WatcherOptions {
  readonly l1: L1Source
  /** Time between two polls of `latest`. */
  readonly pollIntervalMs: number
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** The labels move with the head; without a new head they are asked once in this many polls. */
const pollsPerLabelPoll = 4

/** The slowest polling while L1 cannot be asked. */
const backOffMsMax = 5_000

export function createL1Watcher({ l1, pollIntervalMs, clock, logger, metrics }: L1WatcherOptions): L1Watcher {
  const refs = createRefRecorder(metrics, clock)
  const latestListeners = createListeners<L1BlockRef>()
  const finalizedListeners = createListeners<L1BlockRef>()
  const changeListeners = createListeners<L1ChainChange>()
  let heads: L1Heads = { latest: zeroL1BlockRef, safe: zeroL1BlockRef, finalized: zeroL1BlockRef }
  let view: L1ChainView = []
  let pollsSinceLabels = pollsPerLabelPoll

  const parentOf = async (block: L1BlockRef, signal: AbortSignal): Promise<L1BlockRef> => {
    const parent = await l1.headerByHash(block.parentHash, signal)
    if (parent === null)
      throw new Error(`own L1 has ${formatRef(block)} but not its parent ${block.parentHash}`)
    return l1BlockRef(parent)
  }

  const report = ({ head, added, removed, restarted }: L1ChainChange) => {
    if (removed.length > 0) {
      metrics.l1ReorgDepth.observe(removed.length)
      logger.warn('L1 reorg', { head, depth: removed.length, replacedBy: added.length })
    } else if (restarted && view.length > 0) {
      logger.warn('L1 head is out of reach of the last one: watching from there', { head })
    }
  }

  const pollLatest = async (signal: AbortSignal): Promise<boolean> => {
    const header = await l1.headerByLabel('latest', signal)
    if (header === null || header.hash === heads.latest.hash) return false
    const head = l1BlockRef(header)
    const connected = await connectHead(view, head, (block) => parentOf(block, signal))
    report(connected.change)
    view = connected.view
    heads = { ...heads, latest: head }
    refs.l1('l1_head', head)
    latestListeners.emit(head)
    if (connected.change.added.length > 0) changeListeners.emit(connected.change)
    return true
  }

  const pollLabels = async (signal: AbortSignal): Promise<void> => {
    const [safe, finalized] = await Promise.all([
      l1.headerByLabel('safe', signal),
      l1.headerByLabel('finalized', signal),
    ])
    if (safe !== null) {
      heads = { ...heads, safe: l1BlockRef(safe) }
      refs.l1('l1_safe', heads.safe)
    }
    if (finalized !== null && finalized.hash !== heads.finalized.hash) {
      heads = { ...heads, finalized: l1BlockRef(finalized) }
      refs.l1('l1_finalized', heads.finalized)
      finalizedListeners.emit(heads.finalized)
    }
  }

  return {
    name: 'l1-watcher',
    get heads() {
      return heads
    },
    onLatest: latestListeners.add,
    onFinalized: finalizedListeners.add,
    onChainChange: changeListeners.add,
    async run(signal) {
      const backOff = createBackOff({
        firstMs: pollIntervalMs,
        maxMs: Math.max(pollIntervalMs, backOffMsMax),
      })
      while (!signal.aborted) {
        let delayMs = pollIntervalMs
        try {
          const moved = await pollLatest(signal)
          if (moved || ++pollsSinceLabels >= pollsPerLabelPoll) {
            await pollLabels(signal)
            pollsSinceLabels = 0
          }
          backOff.reset()
        } catch (error) {
          signal.throwIfAborted()
          delayMs = backOff.next()
          logger.warn('L1 cannot be asked', { error: errorText(error), retryMs: delayMs })
        }
        await clock.sleep(delayMs, signal)
      }
    },
  }
}

/** The reference part of a header. */
export function l1BlockRef({ hash, number, parentHash, timestamp }: L1Header): L1BlockRef {
  return { hash, number, parentHash, timestamp }
}
