import { createBackOff } from '../concurrency/back-off.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { Actor } from '../concurrency/supervise.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { EngineClient } from '../engine/engine-client.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { type BlockId, formatRef, isZeroRef, sameBlock } from '../protocol/refs.ts'
import { findNonCanonical, formatNonCanonical } from './canonicality.ts'
import type { L1Watcher } from './l1-watcher.ts'

export interface ReorgGuardOptions {
  readonly watcher: Pick<L1Watcher, 'l1' | 'isOrphan'>
  readonly engine: EngineClient
  /** The L1 blocks besides origins that safe blocks come from, or may come from: what derivation read for them, and reads. */
  readonly derivedFrom: () => readonly BlockId[]
  /** Time before the second look at an orphan that the view of L1 does not reach. */
  readonly secondLookMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** Checks after every new L1 head that the L1 blocks under our heads are still canonical. */
export interface ReorgGuard extends Actor {
  /** Own L1 has a new head. */
  onL1Head(): void
}

/** What a head stands on, and why L1 does not vouch for it any more. */
interface Orphaned {
  readonly orphan: BlockId
  readonly why: string
}

/** An orphan under a head again, right after it was reset away, comes from outside: another reset helps only so often. */
const sameOrphanBackOff = { firstMs: 5_000, maxMs: 60_000 }

/**
 * The one who asks for an engine reset when L1 orphaned what our heads stand on, so that no head stays on an orphan for
 * longer than one detection period, in every mode and whether or not anyone sequences or derives. Derivation and the
 * sequencer hear of the same orphans, stop, and wait for this reset.
 *
 * A block that is ahead of own L1 proves nothing, and is asked again at L1's next head; but for one that own L1 was seen to
 * replace: an L1 that has become shorter may stay so for long.
 */
export function createReorgGuard(options: ReorgGuardOptions): ReorgGuard {
  const { watcher, engine, derivedFrom, secondLookMs, clock, random, logger } = options
  const wakeup = createWakeup()
  const sameOrphan = createBackOff(sameOrphanBackOff)
  let last: { readonly orphan: BlockId; readonly notBeforeMs: number } | null = null

  const findOrphan = async (signal: AbortSignal): Promise<Orphaned | null> => {
    const { unsafe, localSafe } = engine.state
    const blocks = [...derivedFrom(), localSafe.l1Origin, unsafe.l1Origin].filter(
      (block) => !isZeroRef(block),
    )
    const fault = await findNonCanonical(watcher.l1, blocks, signal)
    // The heads may have left the orphan while L1 was asked.
    if (engine.state.unsafe !== unsafe || engine.state.localSafe !== localSafe) {
      wakeup.ring()
      return null
    }
    if (fault?.kind === 'orphaned') return { orphan: fault.expected, why: formatNonCanonical(fault) }
    // An L1 that has become shorter has no other block there yet.
    const removed = blocks.find(watcher.isOrphan)
    return removed === undefined
      ? null
      : { orphan: removed, why: `own L1 has replaced ${formatRef(removed)}, and is shorter now` }
  }

  /** What the view replaced is confirmed; below it L1 answered once, and must answer the same again. */
  const isProven = async (orphan: BlockId, signal: AbortSignal): Promise<boolean> => {
    if (watcher.isOrphan(orphan)) return true
    await clock.sleep(secondLookMs, signal)
    const again = await findOrphan(signal)
    return again !== null && sameBlock(again.orphan, orphan)
  }

  const check = async (signal: AbortSignal): Promise<void> => {
    if (!engine.state.initialized) return
    const found = await findOrphan(signal)
    if (found === null || !(await isProven(found.orphan, signal))) return
    const { orphan, why } = found
    if (last !== null && sameBlock(last.orphan, orphan)) {
      const waitMs = last.notBeforeMs - clock.nowMs()
      if (waitMs > 0) {
        await wakeup.waitAtMost(waitMs, clock, signal)
        return wakeup.ring()
      }
    } else sameOrphan.reset()
    const { unsafe, localSafe } = engine.state
    const reason = `L1 reorg orphaned what a head stands on: ${why}`
    logger.warn(reason, { unsafe: formatRef(unsafe), localSafe: formatRef(localSafe) })
    await engine.reset(reason)
    last = { orphan, notBeforeMs: clock.nowMs() + sameOrphan.next() }
  }

  return {
    name: 'reorg-guard',
    onL1Head: () => wakeup.ring(),
    async run(signal) {
      const backOff = createBackOff({ firstMs: 250, maxMs: 5_000, random })
      while (!signal.aborted) {
        await wakeup.wait(signal)
        try {
          await check(signal)
          backOff.reset()
        } catch (error) {
          signal.throwIfAborted()
          logger.warn('the L1 origins of our heads could not be checked', { error: errorText(error) })
          await clock.sleep(backOff.next(), signal)
          wakeup.ring()
        }
      }
    },
  }
}
