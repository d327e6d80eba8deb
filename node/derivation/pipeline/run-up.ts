import type { RollupConfig } from '../../config/rollup-config.ts'
import type { L2Block, L2Source } from '../../ports/l2-source.ts'
import type { SingularBatch } from '../../protocol/batch.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { isDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { type BlockId, type L2BlockRef, sameBlock } from '../../protocol/refs.ts'
import type { SafeHeads } from '../../safe-heads/safe-heads.ts'
import { longestTimeout } from './pipeline-start.ts'
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

export interface RunUpSources {
  readonly config: RollupConfig
  readonly l2: L2Source
  readonly safeHeads: Pick<SafeHeads, 'newestUpTo' | 'before'>
  readonly isCanonical: (l1: BlockId) => Promise<boolean>
}

/**
 * With a record, from what the L1 block before the safe head's own had given: then all is judged as it was. Where no record
 * says what gave the safe head, from a block that is a channel timeout older: whoever sends batches in another order than
 * that of their blocks does so within the time that a channel has.
 * @throws Error (temporary) when L1 or the engine cannot be asked, or the engine lacks a block.
 */
export async function findRunUp(
  { config, l2, safeHeads, isCanonical }: RunUpSources,
  safeHead: L2BlockRef,
  signal: AbortSignal,
): Promise<RunUp> {
  const refAt = async (number: bigint) => refOf(config, await safeBlockOf(l2, number, signal))
  const newest = safeHeads.newestUpTo(safeHead)
  const recorded =
    newest !== null && sameBlock(newest.l2, safeHead) && (await isCanonical(newest.l1)) ? newest : null
  const until = recorded?.l1.number ?? safeHead.l1Origin.number + config.seqWindowSize
  const before = recorded === null ? null : safeHeads.before(recorded)
  if (before !== null) {
    const from = await refAt(before.l2.number)
    if (sameBlock(from, before.l2)) return { from, judgedUpTo: before.l1.number, until }
  }
  const oldest = safeHead.l1Origin.number - longestTimeout(config, safeHead.timestamp)
  return { from: await newestUpTo(config, refAt, safeHead, oldest), judgedUpTo: 0n, until }
}

/**
 * The newest block whose L1 origin is that one at the latest; genesis when there is none. Origins never go back. It lies near
 * the safe head, and an engine may have dropped what lies far below: the search goes down from there.
 */
async function newestUpTo(
  { genesis }: RollupConfig,
  refAt: (number: bigint) => Promise<L2BlockRef>,
  safeHead: L2BlockRef,
  oldest: bigint,
): Promise<L2BlockRef> {
  let above = safeHead.number
  let low = safeHead
  for (let step = 1n; low.l1Origin.number > oldest && low.number > genesis.l2.number; step *= 2n) {
    above = low.number
    const below = safeHead.number - step
    low = await refAt(below > genesis.l2.number ? below : genesis.l2.number)
  }
  while (above - low.number > 1n) {
    const middle = await refAt((low.number + above) / 2n)
    if (middle.l1Origin.number <= oldest) low = middle
    else above = middle.number
  }
  return low
}

/** @throws Error (temporary) when the engine lacks it. */
export async function safeBlockOf(l2: L2Source, number: bigint, signal: AbortSignal): Promise<L2Block> {
  const block = await l2.blockByNumber(number, signal)
  if (block === null)
    throw new Error(
      `expected the engine to have block ${number} of the safe chain, found none; is it syncing?`,
    )
  return block
}

export const refOf = (config: RollupConfig, { payload }: L2Block): L2BlockRef =>
  l2BlockRefFromPayload(config, payload)

/**
 * Whether the batch gave this block: as it is, or as its deposits alone, when what the batch holds was invalid
 * (specs/protocol/holocene/derivation.md, "Engine Queue").
 */
export function gave(
  batch: SingularBatch,
  { payload }: L2Block,
  { l1Origin }: L2BlockRef,
): 'block' | 'deposits' | null {
  if (batch.epochHash !== l1Origin.hash) return null
  const sequenced = payload.transactions.filter((transaction) => !isDepositTransaction(transaction))
  const wanted = sequencedTransactions(batch.transactions, payload.gasLimit)
  if (wanted.length === sequenced.length && wanted.every((one, index) => one === sequenced[index]))
    return 'block'
  return sequenced.length === 0 ? 'deposits' : null
}
