import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L2Block } from '../../ports/l2-source.ts'
import type { SingularBatch } from '../../protocol/batch.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { isDepositTransaction } from '../../protocol/deposit-transaction.ts'
import type { L2BlockRef } from '../../protocol/refs.ts'
import { sequencedTransactions } from './sequenced-transactions.ts'

/**
 * From where derivation repeats, after a reset, what gave the safe head. What an L1 block says is judged by the safe head
 * of that moment: from Holocene on, a batch that comes before its parent is gone for good, and so is what follows an invalid
 * one in its channel. Whoever begins with a safe head in the middle of it judges otherwise.
 * Source: specs/protocol/holocene/derivation.md, "Batch Queue"; derivation.md, "Finding the sync starting point".
 */
export interface RunUp {
  /** A safe block below the safe head, or the safe head itself. */
  readonly from: L2BlockRef
  /** Number of the L1 block that gave `from`, and nothing after it: what the inbox holds up to there is passed over. */
  readonly judgedUpTo: bigint
  /** Number of the L1 block that gave the safe head, at the latest. */
  readonly until: bigint
}

export const refOf = (config: RollupConfig, { payload }: L2Block): L2BlockRef =>
  l2BlockRefFromPayload(config, payload)

/**
 * Whether the batch gave this block: as it is, or, from Holocene on, as its deposits alone, when what the batch holds was
 * invalid (specs/protocol/holocene/derivation.md, "Engine Queue"). Before, an invalid batch gave nothing.
 */
export function gave(
  batch: SingularBatch,
  { payload }: L2Block,
  { l1Origin }: L2BlockRef,
  isHolocene: boolean,
): 'block' | 'deposits' | null {
  if (batch.epochHash !== l1Origin.hash) return null
  const sequenced = payload.transactions.filter((transaction) => !isDepositTransaction(transaction))
  const wanted = sequencedTransactions(batch.transactions, payload.gasLimit)
  if (wanted.length === sequenced.length && wanted.every((one, index) => one === sequenced[index]))
    return 'block'
  return isHolocene && sequenced.length === 0 ? 'deposits' : null
}
