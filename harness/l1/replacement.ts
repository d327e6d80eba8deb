import type { Address, Hex } from 'viem'
import { formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'
import type { AnvilClient } from './anvil-client.ts'
import type { OrphanedBlock } from './fork-tree.ts'

/** A canonical block with all that is needed to mine it again. */
export interface RemovableBlock extends OrphanedBlock {
  readonly transactions: readonly Hex[]
  readonly feeRecipient: Address
  readonly baseFeePerGas: bigint
}

/** What {@link replaceBlocks} works with. */
export interface ReplaceOptions {
  readonly anvil: AnvilClient
  /** The blocks that go: contiguous, ascending, up to the head. Not empty. */
  readonly removed: readonly RemovableBlock[]
  /** Times of the blocks that come instead, in seconds. Not empty. */
  readonly timestamps: readonly bigint[]
  /** Of its own for each fork: it makes every new block differ from the one it replaces. */
  readonly feeRecipient: Address
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

/**
 * Replaces blocks by empty ones: all of them, or none. The pool must be empty.
 * @throws ReorgRestoredError when something went wrong and the old chain was put back, block by block and hash by hash;
 * any other error when that failed too: then anvil's own head is what L1 is.
 */
export async function replaceBlocks(options: ReplaceOptions): Promise<readonly L1BlockRef[]> {
  const { anvil, removed, timestamps, feeRecipient } = options
  const parent = removed[0]!.ref.number - 1n
  try {
    await anvil.rollback(removed.length)
    await prepareFork(anvil, removed[0]!, feeRecipient)
    const replaced: L1BlockRef[] = []
    for (const timestamp of timestamps) {
      const block = await anvil.mineBlock(parent + BigInt(replaced.length) + 1n, timestamp)
      const old = removed[replaced.length]?.ref
      if (block.hash === old?.hash) throw new Error(`the reorg did not change L1 block ${formatRef(block)}`)
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

/** anvil does not take the base fee back with the blocks: the block after a rollback would not follow from its parent. */
async function prepareFork(anvil: AnvilClient, first: RemovableBlock, feeRecipient: Address): Promise<void> {
  await anvil.setNextBaseFee(first.baseFeePerGas)
  await anvil.setFeeRecipient(feeRecipient)
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
  for (const { ref, transactions, feeRecipient } of removed) {
    await anvil.setFeeRecipient(feeRecipient)
    await anvil.resubmit(transactions)
    const again = await anvil.mineBlock(ref.number, ref.timestamp)
    if (again.hash !== ref.hash)
      throw new Error(
        `L1 block ${formatRef(ref)} could not be put back after a failed reorg: it is ${again.hash} now`,
      )
  }
}
