import type { EngineClient } from '../engine/engine-client.ts'
import { findNonCanonical, formatNonCanonical } from '../l1/canonicality.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { type BlockId, formatRef, isZeroRef, sameBlock } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'

/**
 * Finalizes the L2 blocks that were derived from finalized L1 data. What was derived from where is in the record of
 * safe heads: with a database finality goes on after a restart where it was; without one it stands still until the safe
 * blocks from before have been derived again.
 * Source: specs/protocol/derivation.md, "Finalization Guarantees" and "Finalizing".
 */
export interface Finalizer {
  /**
   * Finalizes what L1 finality up to that block allows. May be called at any time and again with the same block.
   * @throws (temporary) when L1 or the engine cannot be asked.
   */
  finalize(finalizedL1: BlockId, signal: AbortSignal): Promise<void>
}

export interface FinalizerOptions {
  readonly l1: L1Source
  /** Whether `l1` answers of the chain that this block is on (`L1Watcher.reaches`). */
  readonly reaches: (block: BlockId) => boolean
  readonly engine: EngineClient
  readonly safeHeads: Pick<SafeHeads, 'atOrBelow'>
  readonly logger: Logger
}

export function createFinalizer({ l1, reaches, engine, safeHeads, logger }: FinalizerOptions): Finalizer {
  return {
    async finalize(finalizedL1, signal) {
      if (isZeroRef(finalizedL1)) return
      // L1's labels and its head are asked for apart: after a reorg the view may still have the blocks from before it, which
      // are not what was called final, however low they are. The view gets there, and a later call with it.
      const isOfAnotherFork = () => !reaches(finalizedL1)
      if (isOfAnotherFork()) return
      for (
        let entry = safeHeads.atOrBelow(finalizedL1.number);
        entry !== null && entry.l2.number > engine.state.finalized.number;
        entry = entry.l1.number === 0n ? null : safeHeads.atOrBelow(entry.l1.number - 1n)
      ) {
        // It is recorded a moment before it is safe: the next call finds it so.
        if (entry.l2.number > engine.state.safe.number) return
        const fault = await findNonCanonical(l1, [entry.l1], signal)
        // Own L1 lags behind what it called final: a later call finds it there. To be asked may have brought the view down
        // to what was called final.
        if (fault?.kind === 'ahead' || isOfAnotherFork()) return
        if (fault?.kind === 'orphaned') {
          logger.warn('nothing is finalized through an orphaned L1 block', {
            reason: formatNonCanonical(fault),
          })
          continue
        }
        const { safe } = engine.state
        // While it catches up, everything is final as soon as it is safe: the engine need not be asked.
        const block = sameBlock(safe, entry.l2) ? safe : await engine.blockRefByNumber(entry.l2.number)
        if (block === null || !sameBlock(block, entry.l2)) {
          logger.warn('the engine has another block than was recorded: nothing is finalized through it', {
            l1: formatRef(entry.l1),
            recorded: formatRef(entry.l2),
            found: block === null ? 'none' : formatRef(block),
          })
          return
        }
        await engine.finalize(block)
        logger.debug('finalized', { l2: formatRef(block), l1: formatRef(entry.l1) })
        return
      }
    },
  }
}
