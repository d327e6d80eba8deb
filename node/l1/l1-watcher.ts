import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import { createListeners } from '../concurrency/listeners.ts'
import type { Actor } from '../concurrency/supervise.ts'
import type { NodeMetrics } from '../metrics.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Header, SharedL1 } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { type BlockId, formatRef, type L1BlockRef, sameBlock, zeroL1BlockRef } from '../protocol/refs.ts'
import { createRefRecorder } from '../ref-metrics.ts'
import { verdictOf } from './canonicality.ts'
import { createChainTracker } from './chain-tracker.ts'
import { lookMsMax } from './fork-doubt.ts'
import { blockInView, type L1ChainChange } from './l1-chain-view.ts'
import { createLabelPoll } from './label-poll.ts'
import { shareOwnL1 } from './own-l1.ts'

/** The L1 labels as last seen; the zero reference until known. */
export interface L1Heads {
  readonly latest: L1BlockRef
  readonly safe: L1BlockRef
  readonly finalized: L1BlockRef
}

/**
 * The one owner of L1 in the node: follows it, knows which blocks were proven orphans, and tells the other actors what
 * changed. Listeners run synchronously, in order.
 */
export interface L1Watcher extends Actor {
  readonly heads: L1Heads
  /** Own L1 as everybody in the node must read it: number → hash comes from the one view. */
  readonly l1: SharedL1
  /**
   * True when the view has another block at its number, or lost it when L1 became shorter: a proven orphan. Asks nobody, so
   * it costs nothing.
   */
  isOrphan(block: BlockId): boolean
  /**
   * True when L1 speaks with one voice. False for a while after it showed two forks: one that was believed may be the wrong
   * one, which is no ground to end the node.
   */
  readonly isSettled: boolean
  /** True while L1 shows another fork than the view, which is not believed yet: what the view calls an orphan may be none. */
  readonly isInDoubt: boolean
  /**
   * Whether what `l1` answers for a number is of the chain that this block is on: the view has it, or begins above it, and L1
   * itself answers. False when the view has another block there, or does not go that far.
   */
  reaches(block: BlockId): boolean
  /** Called when `latest` names another block. */
  onLatest(listener: (ref: L1BlockRef) => void): () => void
  /** Called when `finalized` names another block. */
  onFinalized(listener: (ref: L1BlockRef) => void): () => void
  /**
   * Called with every block that came or went, contiguously: no block between two polls is left out. A block that went
   * is a proven orphan: L1 showed another fork at one look, and again at the next.
   */
  onChainChange(listener: (change: L1ChainChange) => void): () => void
}

export interface L1WatcherOptions {
  readonly l1: SharedL1
  /** Time between two polls of `latest`. */
  readonly pollIntervalMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

/** The labels move with the head; without a new head they are asked once in this many polls. */
const pollsPerLabelPoll = 4

/** The slowest polling while L1 cannot be asked. */
const backOffMsMax = 5_000

export function createL1Watcher(options: L1WatcherOptions): L1Watcher {
  const { pollIntervalMs, clock, random, logger, metrics } = options
  const l1 = options.l1.withPriority('heads')
  const refs = createRefRecorder(metrics, clock)
  const latestListeners = createListeners<L1BlockRef>()
  const finalizedListeners = createListeners<L1BlockRef>()
  const changeListeners = createListeners<L1ChainChange>()
  const tracker = createChainTracker(l1)
  /** For looks that no one caller owns. */
  const lifetime = new AbortController()
  let heads: L1Heads = { latest: zeroL1BlockRef, safe: zeroL1BlockRef, finalized: zeroL1BlockRef }

  const onSafe = (header: L1Header) => {
    heads = { ...heads, safe: l1BlockRef(header) }
    refs.l1('l1_safe', heads.safe)
  }
  const onFinalized = (header: L1Header) => {
    if (sameBlock(header, heads.finalized)) return
    heads = { ...heads, finalized: l1BlockRef(header) }
    refs.l1('l1_finalized', heads.finalized)
    finalizedListeners.emit(heads.finalized)
  }
  const label = { l1, intervalMs: pollsPerLabelPoll * pollIntervalMs, clock, random, logger }
  const labels = [
    createLabelPoll({ ...label, label: 'safe', onHeader: onSafe }),
    createLabelPoll({ ...label, label: 'finalized', onHeader: onFinalized }),
  ]

  const report = ({ head, added, removed, restarted }: L1ChainChange) => {
    const fields = { head: formatRef(head), depth: removed.length, replacedBy: added.length }
    if (removed.length > 0) {
      metrics.l1ReorgDepth.observe(removed.length)
      logger.warn('L1 reorg', fields)
    } else if (restarted && heads.latest !== zeroL1BlockRef)
      logger.warn('L1 head is out of reach of the last one: watching from there', { head: fields.head })
  }

  const apply = (change: L1ChainChange | null): void => {
    if (change === null) return
    report(change)
    const moved = !sameBlock(change.head, heads.latest)
    if (moved) {
      heads = { ...heads, latest: l1BlockRef(change.head) }
      refs.l1('l1_head', heads.latest)
    }
    // Orphans first: whoever hears of the new head must not act on one.
    if (change.added.length > 0) changeListeners.emit(change)
    if (!moved) return
    latestListeners.emit(heads.latest)
    for (const poll of labels) poll.onHead()
  }

  const watchHead = async (signal: AbortSignal): Promise<void> => {
    const backOff = createBackOff({
      firstMs: pollIntervalMs,
      maxMs: Math.max(pollIntervalMs, backOffMsMax),
      random,
    })
    while (!signal.aborted) {
      let delayMs = pollIntervalMs
      try {
        apply(await tracker.look(signal))
        if (tracker.inDoubt) delayMs = Math.min(delayMs, lookMsMax)
        backOff.reset()
      } catch (error) {
        signal.throwIfAborted()
        // A walk that gets on, call by call, is not an L1 that is away.
        if (tracker.progressed) backOff.reset()
        delayMs = backOff.next()
        logger.warn('L1 cannot be asked', { error: errorText(error), retryMs: delayMs })
      }
      await clock.sleep(delayMs, signal)
    }
  }

  let applying: Promise<void> | null = null
  /** Several who ask at once share one look, and one of them tells what it found. */
  const peek = (): Promise<void> => {
    applying ??= tracker
      .peek(lifetime.signal)
      .then(apply)
      .finally(() => {
        applying = null
      })
    return applying
  }

  return {
    name: 'l1-watcher',
    get heads() {
      return heads
    },
    l1: shareOwnL1(options.l1, tracker, peek),
    isOrphan(block) {
      const found = blockInView(tracker.view, block.number)
      if (found === 'above') return tracker.wasRemoved(block)
      return found !== 'below' && verdictOf(block, found) === 'orphaned'
    },
    get isSettled() {
      return tracker.settled
    },
    get isInDoubt() {
      return tracker.inDoubt
    },
    reaches(block) {
      const found = blockInView(tracker.view, block.number)
      return found === 'below' || (found !== 'above' && verdictOf(block, found) === 'canonical')
    },
    onLatest: latestListeners.add,
    onFinalized: finalizedListeners.add,
    onChainChange: changeListeners.add,
    async run(signal) {
      try {
        await Promise.all([watchHead(signal), ...labels.map((poll) => poll.run(signal))])
      } finally {
        lifetime.abort(new Error('the L1 watcher has stopped'))
      }
    },
  }
}

/** The reference part of a header. */
export function l1BlockRef({ hash, number, parentHash, timestamp }: L1BlockRef): L1BlockRef {
  return { hash, number, parentHash, timestamp }
}
