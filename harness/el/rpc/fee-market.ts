import { depositTransactionType } from '../../../node/protocol/deposit-transaction.ts'
import type { ExecutedBlock } from '../execution/types.ts'

/** Wei. What op-geth suggests while blocks have room (`DefaultMinSuggestedPriorityFee`). */
export const minimumSuggestedTip = 1_000_000n
/** A block is full when its largest transaction would not fit a second time. */
const percentAboveMedian = 10n

/**
 * What each transaction of the block paid per gas above the base fee, lowest first, with its gas. Deposits count, with
 * nothing: their gas price is zero. Source: op-geth, `Transaction.EffectiveGasTip`.
 */
export function paidTips(
  block: ExecutedBlock,
): readonly { readonly tip: bigint; readonly gasUsed: bigint }[] {
  return block.receipts
    .map(({ type, effectiveGasPrice, gasUsed }) => ({
      tip: type === depositTransactionType ? 0n : effectiveGasPrice - block.header.baseFeePerGas,
      gasUsed,
    }))
    .sort((a, b) => (a.tip < b.tip ? -1 : a.tip > b.tip ? 1 : 0))
}

/**
 * A tip that should do for the next block: the minimum while the newest block has room, else a little more than its
 * median. Source: op-geth, `Oracle.SuggestOptimismPriorityFee`.
 */
export function suggestTip(head: ExecutedBlock): bigint {
  const largest = head.receipts.reduce((max, { gasUsed }) => (gasUsed > max ? gasUsed : max), 0n)
  if (head.header.gasUsed + largest <= head.header.gasLimit) return minimumSuggestedTip
  const tips = paidTips(head)
  const median = tips[tips.length >> 1]?.tip ?? 0n
  const suggested = median + (median * percentAboveMedian) / 100n
  return suggested > minimumSuggestedTip ? suggested : minimumSuggestedTip
}

/**
 * Tips at the percentiles of the block's gas, deposits and all; zero for an empty block.
 * @param percentiles Rising.
 * Source: geth, `Oracle.processBlock`, with its rounding.
 */
export function tipsAtPercentiles(block: ExecutedBlock, percentiles: readonly number[]): readonly bigint[] {
  const tips = paidTips(block)
  let index = 0
  let reached = tips[0]?.gasUsed ?? 0n
  return percentiles.map((percentile) => {
    const threshold = BigInt(Math.floor((Number(block.header.gasUsed) * percentile) / 100))
    while (reached < threshold && index < tips.length - 1) reached += tips[++index]?.gasUsed ?? 0n
    return tips[index]?.tip ?? 0n
  })
}
