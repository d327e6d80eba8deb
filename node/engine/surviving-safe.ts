import type { RollupConfig } from '../config/rollup-config.ts'
import type { CanonicalityCheck } from '../l1/canonicality.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import { type BlockId, type L2BlockRef, sameBlock } from '../protocol/refs.ts'
import type { SafeHeads } from '../safe-heads/safe-heads.ts'
import { TemporaryEngineError } from './errors.ts'

interface ChainReader {
  readonly config: RollupConfig
  readonly l2: Pick<L2Source, 'blockByNumber'>
}

/** The heads of the execution engine, and how far the unsafe one had to be walked back. */
export interface WalkedHeads {
  readonly unsafe: L2BlockRef
  readonly plausible: L2BlockRef
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
}

/** What survives, and whether the record still says from where it was derived. */
export interface SurvivingSafe {
  readonly block: L2BlockRef
  /**
   * The highest block that canonical L1 is known to give; `block`, or one below it where nothing tells from where `block`
   * was derived.
   */
  readonly proven: L2BlockRef
  readonly isRecorded: boolean
}

/**
 * The highest safe block of which nothing that it was derived from was reorged out. The record of safe heads says from
 * where; where it ends, the sequencing window bounds it.
 *
 * An L1 block that own L1 has not reached proves nothing while nothing else was reorged. Where something was, L1 may have
 * become shorter, and never get that block again: what was derived from it stays as little as what an orphan gave.
 *
 * Without a record (a restart without a database) a reorg that took the batch alone, and no origin, shows nowhere. Safe
 * stays then, but only what lies a sequencing window back is proven: the rest is to be derived again.
 *
 * The window counts from what was safe, not from the unsafe head as in the specification: who derived a safe block had read
 * L1 up to its origin, and nobody need have for an unsafe one, which a follower without its source builds on any L1.
 */
export async function survivingSafe(
  sources: ChainReader,
  safeHeads: Pick<SafeHeads, 'newestUpTo' | 'before'>,
  check: CanonicalityCheck,
  { unsafe, plausible, safe, finalized }: WalkedHeads,
): Promise<SurvivingSafe> {
  let survivor: BlockId = safe
  let reorged = plausible !== unsafe
  const newest = safeHeads.newestUpTo(safe)
  for (let entry = newest; entry !== null; entry = safeHeads.before(entry)) {
    const status = await check(entry.l1)
    if (status === 'ahead' && !reorged) continue
    if (status === 'canonical') {
      const block = sameBlock(survivor, safe) ? safe : await engineBlock(sources, survivor)
      if (block !== null) return surely(block.number > finalized.number ? block : finalized, true)
    }
    reorged = true
    // The record may outlive the engine's chain: what the engine does not have proves nothing.
    if (status === 'canonical') break
    const older = safeHeads.before(entry)
    if (older !== null && older.l2.number < survivor.number) survivor = older.l2
  }
  if (!reorged && newest !== null) return surely(safe, true)
  const proven = await highestOutOfReach(sources, survivor.number, plausible, finalized)
  return reorged ? surely(proven, false) : { block: safe, proven, isRecorded: true }
}

const surely = (block: L2BlockRef, isRecorded: boolean): SurvivingSafe => ({
  ...{ block, proven: block, isRecorded },
})

/** The engine's block at that height; null when it is another one. */
async function engineBlock({ config, l2 }: ChainReader, id: BlockId): Promise<L2BlockRef | null> {
  const block = await l2.blockByNumber(id.number)
  return block?.payload.blockHash === id.hash ? l2BlockRefFromPayload(config, block.payload) : null
}

/**
 * The highest block between `finalized` and that number that was derived, at the latest by the end of its sequencing window,
 * from L1 blocks up to the origin of a safe block that is `plausible`. Origins never go back, so a binary search finds it.
 */
async function highestOutOfReach(
  { config, l2 }: ChainReader,
  safeNumber: bigint,
  plausible: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  const refAt = async (number: bigint): Promise<L2BlockRef> => {
    const block = await l2.blockByNumber(number)
    if (block === null)
      throw new TemporaryEngineError(`the execution engine has no block ${number} below its safe block`)
    return l2BlockRefFromPayload(config, block.payload)
  }
  const read = plausible.number <= safeNumber ? plausible : await refAt(safeNumber)
  let low = finalized
  let highNumber = safeNumber + 1n
  while (highNumber - low.number > 1n) {
    const ref = await refAt((low.number + highNumber) / 2n)
    if (ref.l1Origin.number + config.seqWindowSize <= read.l1Origin.number) low = ref
    else highNumber = ref.number
  }
  return low
}
