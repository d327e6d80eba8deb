import type { RollupConfig } from '../config/rollup-config.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { type BlockId, type L2BlockRef, sameBlock } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'
import { safeBlockOf } from './pipeline/l2-reads.ts'
import { longestTimeout } from './pipeline/pipeline-start.ts'
import { type RunUp, refOf } from './pipeline/run-up.ts'

/** What {@link findRunUp} reads. */
export interface RunUpSources {
  readonly config: RollupConfig
  readonly l2: L2Source
  readonly safeHeads: Pick<SafeHeads, 'newestUpTo' | 'before'>
  readonly isCanonical: (l1: BlockId) => Promise<boolean>
}

/**
 * Where the run-up to a safe head begins. With a record, from what the L1 block before the safe head's own had given: then
 * all is judged as it was. Where no record says what gave the safe head, from a block that is a channel timeout older:
 * whoever sends batches in another order than that of their blocks does so within the time that a channel has.
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
