import type { RollupConfig } from '../../config/rollup-config.ts'
import type { NodeMetrics } from '../../metrics.ts'
import type { L1Source } from '../../ports/l1-source.ts'
import type { L2Source } from '../../ports/l2-source.ts'
import type { Logger } from '../../ports/logger.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'

/** What one step of the pipeline did. */
export type PipelineStep =
  /** The next block of the safe chain, on top of the parent that the step was given. */
  | { readonly kind: 'attributes'; readonly attributes: AttributesWithParent }
  /** L1 traversal moved to this block. */
  | { readonly kind: 'advanced'; readonly origin: L1BlockRef }
  /** Something was consumed; step again at once. */
  | { readonly kind: 'progress' }
  /** The next L1 block does not exist yet; step again when L1 has a new head. */
  | { readonly kind: 'idle' }
  /** The inputs changed under the pipeline: reset the engine, then the pipeline with the engine's safe head. */
  | { readonly kind: 'reset'; readonly reason: string }

/** Derivation cannot continue, whatever is tried again: the node must stop. */
export class CriticalDerivationError extends Error {
  override readonly name = 'CriticalDerivationError'
}

/**
 * Derives the safe chain from L1, one step at a time. Calls must not overlap. Any thrown error that is not a
 * {@link CriticalDerivationError} is temporary and leaves the pipeline as it was before the step.
 * Source: specs/protocol/derivation.md, "L2 Chain Derivation Pipeline".
 */
export interface Pipeline {
  /** The L1 block that is being read; the zero reference before the first reset. */
  readonly origin: L1BlockRef
  /** `parent` is the safe head that the next attributes must build on. */
  step(parent: L2BlockRef, signal: AbortSignal): Promise<PipelineStep>
  /** Drops everything and starts one channel timeout before the L1 origin of `safeHead`. */
  reset(safeHead: L2BlockRef, signal: AbortSignal): Promise<void>
  /** Holocene: drops the rest of the channel that the last attributes came from. */
  flushChannel(): void
}

export interface PipelineOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: L2Source
  readonly logger: Logger
  readonly metrics: NodeMetrics
}

export function createPipeline(_options: PipelineOptions): Pipeline {
  throw new CriticalDerivationError('the derivation pipeline is being written')
}
