import type { Address, Hex } from 'viem'
import type { RemovableBlock } from './fork-tree.ts'
import type { BlockPlan } from './replacement.ts'

/** The length of a new fork compared with what it replaces: one block longer, as long, or one block shorter. */
export type ForkLength = 'longer' | 'equal' | 'shorter'

/**
 * What becomes of the transactions of the replaced blocks. `return`: they are pending again, and the new blocks are empty.
 * `keep`: each is in the new block of its height. `reorder`: all are in the first new block, another sender's first; one
 * sender's stay in order, as their nonces want it. `drop`: they are gone, unless their senders send them again.
 */
export type ForkTransactions = 'return' | 'keep' | 'reorder' | 'drop'

export interface ForkPlanOptions {
  /** Ascending; not empty. */
  readonly removed: readonly RemovableBlock[]
  /** Seconds. */
  readonly blockTime: bigint
  readonly length: ForkLength
  readonly transactions: ForkTransactions
  readonly feeRecipient: Address
}

/**
 * The blocks of a new fork: with the times of the blocks that they replace, and then one slot after the other.
 * @throws when nothing would be left of it.
 */
export function planFork(options: ForkPlanOptions): readonly BlockPlan[] {
  const { removed, blockTime, feeRecipient } = options
  const count = removed.length + { longer: 1, equal: 0, shorter: -1 }[options.length]
  if (count < 1)
    throw new Error(
      `cannot reorg L1 at block ${removed[0]!.ref.number} to a shorter fork: only one block would be replaced`,
    )
  const newest = removed.at(-1)!.ref.timestamp
  const transactions = distribute(removed, options.transactions)
  return Array.from({ length: count }, (_, index) => ({
    timestamp: removed[index]?.ref.timestamp ?? newest + BigInt(index + 1 - removed.length) * blockTime,
    feeRecipient,
    transactions: transactions[index] ?? [],
  }))
}

function distribute(
  removed: readonly RemovableBlock[],
  transactions: ForkTransactions,
): readonly (readonly Hex[])[] {
  switch (transactions) {
    case 'return':
    case 'drop':
      return []
    case 'keep':
      return removed.map((block) => block.transactions)
    case 'reorder': {
      const all = removed.flatMap(({ block, transactions: raw }) =>
        block.transactions.map(({ from }, index) => ({ from, raw: raw[index]! })),
      )
      const bySender = [...Map.groupBy(all, ({ from }) => from).values()]
      return [bySender.toReversed().flatMap((own) => own.map(({ raw }) => raw))]
    }
  }
}
