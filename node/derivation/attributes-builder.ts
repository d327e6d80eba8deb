import type { RollupConfig } from '../config/rollup-config.ts'
import type { L1Source } from '../ports/l1-source.ts'
import type { L2Source } from '../ports/l2-source.ts'
import type { PayloadAttributes } from '../protocol/payload.ts'
import type { BlockId, L2BlockRef } from '../protocol/refs.ts'

/** The epoch does not continue the parent's: L1 or L2 changed, and the caller must reset. */
export class AttributesResetError extends Error {
  override readonly name = 'AttributesResetError'
}

/**
 * Builds the part of a block that L1 decides: everything but the sequenced transactions.
 * Source: specs/protocol/derivation.md, "Deriving Payload Attributes".
 */
export interface AttributesBuilder {
  /**
   * Attributes with `noTxPool: true` and the deposits only.
   * @throws AttributesResetError when `epoch` is neither the parent's origin nor its child.
   * @throws Error (temporary) when L1 or the engine cannot be asked or does not have a block.
   */
  build(parent: L2BlockRef, epoch: BlockId, signal: AbortSignal): Promise<PayloadAttributes>
}

export interface AttributesBuilderOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly l2: L2Source
}

export function createAttributesBuilder(_options: AttributesBuilderOptions): AttributesBuilder {
  throw new Error('the attributes builder is being written')
}
