import type { RollupConfig } from '../config/rollup-config.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import type { L2BlockRef } from '../protocol/refs.ts'
import { TemporaryEngineError } from './errors.ts'
import type { OriginCheck } from './origin-check.ts'
import type { SafeRecord } from './safe-history.ts'

interface ChainReader {
  readonly config: RollupConfig
  readonly l2: L2Source
  readonly signal?: AbortSignal
}

/** The heads of the execution engine, and how far the unsafe one had to be walked back. */
export interface WalkedHeads {
  readonly unsafe: L2BlockRef
  readonly plausible: L2BlockRef
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
}

/**
 * The highest safe block of which nothing that it was derived from was reorged out. The records say from where; where
 * they end, the sequencing window bounds it.
 */
export async function survivingSafe(
  sources: ChainReader,
  records: readonly SafeRecord[],
  check: OriginCheck,
  { unsafe, plausible, safe, finalized }: WalkedHeads,
): Promise<L2BlockRef> {
  let survivor = safe
  let reorged = plausible !== unsafe
  for (let index = records.length - 1; index >= 0; index--) {
    const status = await check(records[index]!.derivedFrom)
    if (status === 'canonical') return survivor
    if (status === 'not-there-yet') continue
    reorged = true
    const older = records[index - 1]
    if (older !== undefined) survivor = older.safe.number < survivor.number ? older.safe : survivor
  }
  return reorged ? highestOutOfReach(sources, plausible.l1Origin.number, survivor, finalized) : survivor
}

/**
 * The highest block between `finalized` and `safe` that was derived, at the latest by the end of its sequencing window,
 * from L1 blocks up to `canonical`. Origins never go back, so a binary search finds it.
 */
async function highestOutOfReach(
  { config, l2, signal }: ChainReader,
  canonical: bigint,
  safe: L2BlockRef,
  finalized: L2BlockRef,
): Promise<L2BlockRef> {
  let low = finalized
  let highNumber = safe.number + 1n
  while (highNumber - low.number > 1n) {
    const middle = (low.number + highNumber) / 2n
    const block = await l2.blockByNumber(middle, signal)
    if (block === null)
      throw new TemporaryEngineError(`the execution engine has no block ${middle} below its safe block`)
    const ref = l2BlockRefFromPayload(config, block.payload)
    if (ref.l1Origin.number + config.seqWindowSize <= canonical) low = ref
    else highNumber = middle
  }
  return low
}
