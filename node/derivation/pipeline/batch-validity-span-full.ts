import type { L2Block } from '../../ports/l2-source.ts'
import type { SpanBatch } from '../../protocol/batch.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { SpanBatchBlock } from '../../protocol/span-batch-blocks.ts'
import { accept, type BatchContext, type BatchValidity, drop } from './batch-validity.ts'
import { checkBatchedBlock } from './batch-validity-block.ts'
import { checkSpanBatchPrefix } from './batch-validity-span.ts'
import { type L2Reads, safeBlock } from './l2-reads.ts'

const depositTypePrefix = '0x7e'
const blocksPerStep = 1024

/**
 * Every check of a span batch, as before Holocene: one invalid block invalidates the whole span.
 * Source: specs/protocol/delta/span-batches.md, "Batch Queue".
 */
export function* checkSpanBatch(context: BatchContext, batch: SpanBatch): L2Reads<BatchValidity> {
  const prefix = yield* checkSpanBatchPrefix(context, batch)
  if (prefix.kind !== 'accept') return prefix
  const blocks = yield* checkNewBlocks(context, batch, prefix.parent.l1Origin.number)
  if (blocks.kind !== 'accept') return blocks

  // Last, because each block has to be read from the engine.
  let number = prefix.parent.number
  for (const block of batch.blocks) {
    if (block.timestamp > context.safeHead.timestamp) break
    number += 1n
    const safe = yield* safeBlock(number)
    const validity = checkOverlap(context, block, safe)
    if (validity.kind !== 'accept') return validity
  }
  return accept
}

/** The blocks after the safe head; `parentOrigin` is the number of the L1 origin before the first block of the span. */
function* checkNewBlocks(
  context: BatchContext,
  batch: SpanBatch,
  parentOrigin: bigint,
): L2Reads<BatchValidity> {
  const { config, l1Blocks, safeHead } = context
  const firstKnown = l1Blocks[0]?.number ?? 0n
  let previousEpoch = parentOrigin
  let checked = 0
  for (const block of batch.blocks) {
    checked += 1
    if (checked % blocksPerStep === 0) yield
    const advancesOrigin = block.epochNum > previousEpoch
    previousEpoch = block.epochNum
    if (block.timestamp <= safeHead.timestamp) continue
    if (block.epochNum < safeHead.l1Origin.number) return drop('L1OriginBeforeSafeHead')
    const index = Number(block.epochNum - firstKnown)
    const origin = l1Blocks[index]
    if (origin === undefined) return drop('MissingL1Origin')
    const { timestamp, transactions } = block
    const nextOrigin = l1Blocks[index + 1]
    const validity = checkBatchedBlock(config, {
      timestamp,
      transactions,
      origin,
      nextOrigin,
      advancesOrigin,
    })
    if (validity.kind !== 'accept') return validity
  }
  return accept
}

/** A block of the span that the safe chain already has: both must hold the same transactions and origin. */
function checkOverlap(context: BatchContext, block: SpanBatchBlock, safe: L2Block): BatchValidity {
  const sequenced = safe.payload.transactions.filter(
    (transaction) => !transaction.startsWith(depositTypePrefix),
  )
  if (sequenced.length !== block.transactions.length) return drop('OverlappedTxCountMismatch')
  let index = 0
  for (const transaction of block.transactions)
    if (transaction !== sequenced[index++]) return drop('OverlappedTxMismatch')
  let origin: bigint
  try {
    origin = l2BlockRefFromPayload(context.config, safe.payload).l1Origin.number
  } catch {
    return drop('L2BlockInfoExtractionFailed')
  }
  return origin === block.epochNum ? accept : drop('OverlappedL1OriginMismatch')
}
