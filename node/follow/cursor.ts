import { errorText } from '../concurrency/error-text.ts'
import type { Listeners } from '../concurrency/listeners.ts'
import type { EngineClient, EngineFollowed } from '../engine/engine-client.ts'
import { verdictOf } from '../l1/canonicality.ts'
import type { L1ChainChange } from '../l1/l1-chain-view.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { type BlockId, formatRef, type L1BlockRef, sameBlock, zeroL1BlockRef } from '../protocol/refs.ts'
import { newestMark, type ReplayMarks, withAccepted } from './replay-guard.ts'

/**
 * `currentL1` of a follower: how far the source has derived L1, as of the last status that was applied. It goes down
 * before the heads and up after them, so that it never promises more than they hold, and goes back to the newest
 * canonical block that was accepted when own L1 or a reset takes it away (follow-mode.md, step 8).
 */
export interface Cursor {
  readonly currentL1: L1BlockRef
  /** The statuses that were applied. */
  readonly marks: ReplayMarks<L1BlockRef>
  /** A status with an older `currentL1` is about to be applied. */
  lower(to: L1BlockRef): void
  /** A status was applied. */
  applied(followed: EngineFollowed): void
  /** Own L1 replaced blocks, or the heads were reset: what is published may have to go back. */
  doubt(): void
  /** Goes back as far as it must, if in doubt. What L1 cannot say now is asked again. */
  settle(signal: AbortSignal): Promise<void>
  onL1Change(change: L1ChainChange): void
  /** True for an accepted block that own L1 was seen to replace, and not to take back. */
  wasReplaced(block: BlockId): boolean
}

export interface CursorOptions {
  readonly l1: L1Source
  readonly engine: Pick<EngineClient, 'state'>
  readonly listeners: Listeners<L1BlockRef>
  readonly logger: Logger
}

/** Replaced blocks that are remembered; an L1 that never settles replaces without an end. */
const replacedMax = 1_024

export function createCursor({ l1, engine, listeners, logger }: CursorOptions): Cursor {
  let currentL1: L1BlockRef = zeroL1BlockRef
  let marks: ReplayMarks<L1BlockRef> = []
  let inDoubt = false
  const replaced = new Set<string>()

  const publish = (ref: L1BlockRef) => {
    if (sameBlock(ref, currentL1)) return
    currentL1 = ref
    listeners.emit(ref)
  }
  const wasReplaced = ({ hash }: BlockId) => replaced.has(hash)

  const isCanonical = async (block: BlockId, signal: AbortSignal): Promise<boolean> => {
    const verdict = verdictOf(block, await l1.headerByNumber(block.number, signal))
    return verdict === 'canonical' || (verdict === 'ahead' && !wasReplaced(block))
  }

  return {
    get currentL1() {
      return currentL1
    },
    get marks() {
      return marks
    },
    lower(to) {
      if (to.number < currentL1.number) publish(to)
    },
    applied({ target }) {
      marks = withAccepted(marks, target, (block) => !wasReplaced(block))
      publish(target.currentL1)
    },
    doubt() {
      inDoubt = true
    },
    async settle(signal) {
      if (!inDoubt || marks.length === 0) return
      try {
        const { localSafe } = engine.state
        const held = marks.filter((mark) => mark.localSafe.number <= localSafe.number)
        const mark = await newestMark(held, (block) => isCanonical(block, signal))
        inDoubt = false
        const newest = mark?.currentL1 ?? zeroL1BlockRef
        if (newest.number > currentL1.number || sameBlock(newest, currentL1)) return
        logger.warn('current L1 goes back', { from: formatRef(currentL1), to: formatRef(newest) })
        publish(newest)
      } catch (error) {
        signal.throwIfAborted()
        logger.debug('current L1 could not be checked', { error: errorText(error) })
      }
    },
    onL1Change({ added, removed }) {
      for (const { hash } of added) replaced.delete(hash)
      const known = new Set(marks.map((mark) => mark.currentL1.hash))
      const lost = removed.filter(({ hash }) => known.has(hash))
      for (const { hash } of lost) replaced.add(hash)
      for (const hash of replaced) {
        if (replaced.size <= replacedMax) break
        replaced.delete(hash)
      }
      if (lost.length > 0) inDoubt = true
    },
    wasReplaced,
  }
}
