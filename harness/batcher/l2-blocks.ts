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
    const block = await l2.blockByNumber(parent.number + 1n, signal)
    if (block === null) break
    if (block.payload.parentHash !== parent.hash) return { blocks, reorged: true }
    const next = batchableBlock(config, block)
    blocks.push(next)
    parent = next.ref
  }
  return { blocks, reorged: false }
}
