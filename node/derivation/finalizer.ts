import type { EngineClient } from '../engine/engine-client.ts'
import { findNonCanonical } from '../l1/canonicality.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { Logger } from '../ports/logger.ts'
import { type BlockId, formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'
import { createFinalityMap } from './finality-map.ts'

/**
 * Finalizes the L2 blocks that were derived from finalized L1 data.
 * Source: specs/protocol/derivation.md, "Finalization Guarantees" and "Finalizing".
 */
export interface Finalizer {
  /** A block of the safe chain was derived from that L1 block. */
  onDerived(l2: L2BlockRef, derivedFrom: BlockId): void
  /** The engine's heads were reset to this local-safe head. */
  onReset(localSafe: L2BlockRef): void
  /**
   * Finalizes what L1 finality up to that block allows. May be called at any time and again with the same block.
   * @throws (temporary) when L1 or the engine cannot be asked.
   */
  finalize(finalizedL1: BlockId, signal: AbortSignal): Promise<void>
}

export interface FinalizerOptions {
  readonly l1: L1Source
  readonly engine: EngineClient
  readonly logger: Logger
}

export function createFinalizer({ l1, engine, logger }: FinalizerOptions): Finalizer {
  const map = createFinalityMap()
  return {
    onDerived: (l2, derivedFrom) => map.record(derivedFrom, l2),
    onReset: (localSafe) => map.rewind(localSafe),
    async finalize(finalizedL1, signal) {
      if (isZeroRef(finalizedL1)) return
      for (;;) {
        const entry = map.highestAtOrBelow(finalizedL1.number)
        if (entry === null) return
        if (entry.l2.number <= engine.state.finalized.number) return map.prune(entry.l1.number)
        // Inside a span batch the newest derived block is not safe yet: the next call finds it so.
        if (entry.l2.number > engine.state.safe.number) return
        if ((await findNonCanonical(l1, [entry.l1], signal)) !== null) {
          logger.warn('L1 block is not canonical: nothing is finalized through it', {
            l1: formatRef(entry.l1),
          })
          map.remove(entry)
          continue
        }
        await engine.finalize(entry.l2)
        logger.debug('finalized', { l2: formatRef(entry.l2), l1: formatRef(entry.l1) })
        return map.prune(entry.l1.number)
      }
    },
  }
}
