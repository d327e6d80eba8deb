import type { SingularBatch } from '../../protocol/batch.ts'
import {
  type BatchContext,
  type BatchValidity,
  drop,
  future,
  isHolocene,
  past,
  undecided,
} from './batch-validity.ts'
import { checkBatchedBlock } from './batch-validity-block.ts'

/**
 * Validity of a singular batch, or of one block of a span batch that passed its prefix checks (Holocene).
 * Source: specs/protocol/derivation.md, "Batch Queue", rules in validation order.
 */
export function checkSingularBatch(context: BatchContext, batch: SingularBatch): BatchValidity {
  const { config, l1Blocks, safeHead, inclusion } = context
  const [epoch, nextEpoch] = l1Blocks
  if (epoch === undefined) return undecided

  const nextTimestamp = safeHead.timestamp + config.blockTime
  if (batch.timestamp > nextTimestamp) return isHolocene(context) ? drop('FutureTimestampHolocene') : future
  if (batch.timestamp < nextTimestamp) return isHolocene(context) ? past : drop('PastTimestampPreHolocene')
  if (batch.parentHash !== safeHead.hash) return drop('ParentHashMismatch')
  if (batch.epochNum + config.seqWindowSize < inclusion.number) return drop('IncludedTooLate')

  if (batch.epochNum < epoch.number) return drop('EpochTooOld')
  if (batch.epochNum > epoch.number + 1n) return drop('EpochTooFarInFuture')
  const advances = batch.epochNum === epoch.number + 1n
  const origin = advances ? nextEpoch : epoch
  // Deciding without the next L1 block would make an eager node differ from one that waited for it.
  if (origin === undefined) return undecided
  if (batch.epochHash !== origin.hash) return drop('EpochHashMismatch')

  return checkBatchedBlock(config, {
    timestamp: batch.timestamp,
    transactions: batch.transactions,
    origin,
    nextOrigin: advances ? undefined : nextEpoch,
    advancesOrigin: advances,
  })
}
