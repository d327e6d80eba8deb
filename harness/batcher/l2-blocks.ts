import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2Source } from '../../node/ports/l2-source.ts'
import type { BlockId } from '../../node/protocol/refs.ts'
import { batchableBlock } from './batchable-block.ts'
import type { BatchableBlock } from './channel-out.ts'

export interface LoadedBlocks {
  readonly blocks: readonly BatchableBlock[]
  /** True when the chain no longer contains `after`, or changed while it was read. */
  readonly reorged: boolean
}

/** How many blocks the engine is asked for at the same time: one that is slow would not be caught up with one by one. */
export const readAtOnce = 16

/**
 * Reads the blocks after `after` up to number `until`, at most `blocksMax`; fewer when the engine does not have them.
 * @throws Error (temporary) when the engine cannot be asked.
 */
export async function loadBlocks(
  { config, l2 }: { readonly config: RollupConfig; readonly l2: L2Source },
  after: BlockId,
  until: bigint,
  blocksMax: number,
  signal: AbortSignal,
): Promise<LoadedBlocks> {
  const blocks: BatchableBlock[] = []
  let parent = after
  while (parent.number < until && blocks.length < blocksMax) {
    const first = parent.number + 1n
    const count = Math.min(readAtOnce, blocksMax - blocks.length, Number(until - parent.number))
    const read = await Promise.all(
      Array.from({ length: count }, (_, index) => l2.blockByNumber(first + BigInt(index), signal)),
    )
    for (const block of read) {
      if (block === null) return { blocks, reorged: false }
      if (block.payload.parentHash !== parent.hash) return { blocks, reorged: true }
      const next = batchableBlock(config, block)
      blocks.push(next)
      parent = next.ref
    }
  }
  return { blocks, reorged: false }
}
