import type { ExecutedBlock } from '../execution/types.ts'

/** Wei. What op-geth suggests while blocks have room (`DefaultMinSuggestedPriorityFee`). */
export const minimumSuggestedTip = 1_000_000n
/** A block is full when its largest transaction would not fit a second time. */
const percentAboveMedian = 10n

/** What each signed transaction of the block paid per gas above the base fee, lowest first, with its gas. */
export function paidTips(
  block: ExecutedBlock,
): readonly { readonly tip: bigint; readonly gasUsed: bigint }[] {
  return block.receipts
    .filter(({ type }) => type !== 0x7e)
    .map(({ effectiveGasPrice, gasUsed }) => ({
      tip: effectiveGasPrice - block.header.baseFeePerGas,
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

/** Tips at the percentiles of the block's gas, zero for a block without signed transactions. Source: `eth_feeHistory`. */
export function tipsAtPercentiles(block: ExecutedBlock, percentiles: readonly number[]): readonly bigint[] {
  const tips = paidTips(block)
  const total = tips.reduce((sum, { gasUsed }) => sum + gasUsed, 0n)
  return percentiles.map((percentile) => {
    const threshold = (Number(total) * percentile) / 100
    let reached = 0
    for (const { tip, gasUsed } of tips) {
      reached += Number(gasUsed)
      if (reached >= threshold) return tip
    }
    return 0n
  })
}
