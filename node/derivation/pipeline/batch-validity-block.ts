import { mustBeEmpty } from '../../config/fork-traits.ts'
import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import { maxSequencerDrift } from '../../protocol/limits.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import { type TransactionList, transactionHeads } from '../../protocol/transaction-list.ts'
import { accept, type BatchDropReason, type BatchValidity, drop, undecided } from './batch-validity.ts'

/** One block of a batch, with the L1 blocks that its rules look at. */
export interface BatchedBlock {
  readonly timestamp: bigint
  readonly transactions: TransactionList
  readonly origin: L1BlockRef
  /** The L1 block after the origin, when it is known. */
  readonly nextOrigin: L1BlockRef | undefined
  /** True when the block's origin differs from its parent's. */
  readonly advancesOrigin: boolean
}

const uint64Max = 2n ** 64n - 1n
const depositTypePrefix = '0x7e'

/**
 * The rules that hold for each block of a batch once its origin is known, in op-node's order: time against the origin,
 * fork activation block, sequencer drift, transactions.
 * Source: specs/protocol/derivation.md, "Batch Queue"; delta/span-batches.md, "Batch Queue"; jovian/derivation.md,
 * "Activation Block Rules".
 */
export function checkBatchedBlock(config: RollupConfig, block: BatchedBlock): BatchValidity {
  if (block.timestamp < block.origin.timestamp) return drop('TimestampBeforeL1Origin')
  if (block.transactions.length > 0 && mustBeEmpty(config, block.timestamp))
    return drop('NonEmptyTransitionBlock')
  const drift = checkDrift(config, block)
  if (drift.kind !== 'accept') return drift
  const reason = checkTransactions(config, block.timestamp, block.transactions)
  return reason === undefined ? accept : drop(reason)
}

/**
 * Beyond the drift only an empty block is allowed, and only while it could not have adopted the next origin without
 * preceding it in time.
 */
function checkDrift(config: RollupConfig, block: BatchedBlock): BatchValidity {
  const limit = block.origin.timestamp + maxSequencerDrift(config, block.origin.timestamp)
  if (limit > uint64Max) return drop('SequencerDriftOverflow')
  if (block.timestamp <= limit) return accept
  if (block.transactions.length > 0) return drop('SequencerDriftExceeded')
  if (block.advancesOrigin) return accept
  if (block.nextOrigin === undefined) return undecided
  return block.timestamp >= block.nextOrigin.timestamp ? drop('SequencerDriftNotAdoptedNextOrigin') : accept
}

/** Source: derivation.md, "Batch Queue", `batch.transactions`; isthmus/derivation.md, "Activation". */
function checkTransactions(
  config: RollupConfig,
  timestamp: bigint,
  transactions: TransactionList,
): BatchDropReason | undefined {
  for (const head of transactionHeads(transactions)) {
    if (head.length <= 2) return 'EmptyTransaction'
    if (head.startsWith(depositTypePrefix)) return 'DepositTransaction'
    const type = Number.parseInt(head.slice(2, 4), 16)
    if (type === 4 && !isForkActive(config.forks, 'isthmus', timestamp)) return 'Eip7702PreIsthmus'
    // From 0x80 on the first byte is no EIP-2718 type: it starts a legacy transaction, which the engine judges.
    if (type > 2 && type !== 4 && type < 0x80) return 'UnsupportedTransactionType'
  }
  return undefined
}
