import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2Block } from '../../node/ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../../node/protocol/block-ref.ts'
import type { BatchableBlock } from './channel-out.ts'

const depositTypePrefix = '0x7e'

/**
 * The part of an L2 block that a batch carries.
 * @throws DecodeError when the block has no valid L1 info transaction.
 */
export function batchableBlock(config: RollupConfig, { payload }: L2Block): BatchableBlock {
  return {
    ref: l2BlockRefFromPayload(config, payload),
    transactions: payload.transactions.filter((transaction) => !transaction.startsWith(depositTypePrefix)),
  }
}
