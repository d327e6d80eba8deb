import type { Address, Hash, Hex } from 'viem'
import { formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'
import type { AnvilClient } from './anvil-client.ts'
import type { RemovableBlock } from './fork-tree.ts'

/** A block to be mined. */
export interface BlockPlan {
  /** In seconds. */
  readonly timestamp: bigint
  /** Of its own for each fork: it makes every new block differ from the one it replaces. */
  readonly feeRecipient: Address
  /** Raw, in their order; what no longer fits is left out. */
  readonly transactions: readonly Hex[]
  /** A block of before, that comes back: it must get this hash. Otherwise it must be another than the one it replaces. */
  readonly hash?: Hash
}

/** What {@link replaceBlocks} works with. */
export interface ReplaceOptions {
  readonly anvil: AnvilClient
  /** The blocks that go: contiguous, ascending, up to the head. Not empty. */
  readonly removed: readonly RemovableBlock[]
  /** The blocks that come instead. Not empty. */
  readonly plans: readonly BlockPlan[]
}

/** The old chain is back; why the reorg failed is the cause. */
export class ReorgRestoredError extends Error {
  override readonly name = 'ReorgRestoredError'
}

/** Reads the blocks from `at` to the head before anything changes. @throws when one of them cannot be read whole. */
export async function readRemovable(
  anvil: AnvilClient,
  refs: readonly L1BlockRef[],
): Promise<RemovableBlock[]> {
  const blocks: RemovableBlock[] = []
  for (const ref of refs) {
    const block = await anvil.fullBlock(ref)
    const raw = await Promise.all(block.block.transactions.map(({ hash }) => anvil.rawTransaction(hash)))
    blocks.push({ ...block, transactions: raw })
  }
  return blocks
}

/** The plan of a block that was canonical before. */
export function planAgain({ ref, transactions, feeRecipient }: RemovableBlock): BlockPlan {
  return { timestamp: ref.timestamp, hash: ref.hash, transactions, feeRecipient }
}

/**
 * Replaces blocks by others: all of them, or none. The pool must be empty.
 * @throws ReorgRestoredError when something went wrong and the old chain was put back, block by block and hash by hash;
 * any other error when that failed too: then anvil's own head is what L1 is.
 */
export async function replaceBlocks(options: ReplaceOptions): Promise<readonly L1BlockRef[]> {
  const { anvil, removed, plans } = options
  const first = removed[0]!
  const parent = first.ref.number - 1n
  try {
    await anvil.rollback(removed.length)
    // anvil does not take the base fee back with the blocks: the next one would not follow from its parent.
    await anvil.setNextBaseFee(first.baseFeePerGas)
    const replaced: L1BlockRef[] = []
    for (const plan of plans) {
      const block = await mineAsPlanned(anvil, parent + BigInt(replaced.length) + 1n, plan)
      if (plan.hash === undefined && block.hash === removed[replaced.length]?.ref.hash)
        throw new Error(`the reorg did not change L1 block ${formatRef(block)}`)
      replaced.push(block)
    }
    return replaced
  } catch (error) {
    await restore(anvil, removed, parent)
    throw new ReorgRestoredError(
      `the reorg at L1 block ${parent + 1n} failed and the old chain is back: ${error instanceof Error ? error.message : error}`,
      { cause: error },
    )
  }
}

/** Mines the old blocks again: with the same parent, time, fee recipient and transactions they get the same hashes. */
async function restore(
  anvil: AnvilClient,
  removed: readonly RemovableBlock[],
  parent: bigint,
): Promise<void> {
  const head = await anvil.block('latest')
  if (head === null) throw new Error('anvil has no latest block')
  if (head.hash === removed.at(-1)!.ref.hash) return
  await anvil.dropAll()
  if (head.number > parent) await anvil.rollback(Number(head.number - parent))
  await anvil.setNextBaseFee(removed[0]!.baseFeePerGas)
  for (const block of removed) await mineAsPlanned(anvil, block.ref.number, planAgain(block))
}

/** @throws when a block that shall come back gets another hash. */
async function mineAsPlanned(anvil: AnvilClient, number: bigint, plan: BlockPlan): Promise<L1BlockRef> {
  await anvil.setFeeRecipient(plan.feeRecipient)
  await anvil.resubmit(plan.transactions)
  const block = await anvil.mineBlock(number, plan.timestamp)
  if (plan.hash !== undefined && block.hash !== plan.hash)
    throw new Error(`L1 block ${number} could not be mined again: expected ${plan.hash}, found ${block.hash}`)
  return block
}
