import { formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'
import type { EngineHeads } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'

/**
 * Looks up which of safe and finalized the execution engine has, so that a forkchoice update can name them. Blocks that
 * it is known to have cost no call.
 *
 * @param where `canonical`: the head is in the engine's canonical chain, so a label must be too. `anywhere`: the head
 * is new to the engine, and its ancestors may be on a side chain still.
 * @returns why the labels cannot belong to the head's chain, or null.
 */
export async function locateLabels(
  context: EngineContext,
  heads: EngineHeads,
  where: 'canonical' | 'anywhere',
): Promise<string | null> {
  const { l2, knownBlocks, signal } = context
  const wanted = new Map<string, L2BlockRef>()
  for (const ref of [heads.safe, heads.finalized])
    if (!isZeroRef(ref) && !knownBlocks.has(ref.hash)) wanted.set(ref.hash, ref)
  const conflicts = await Promise.all(
    [...wanted.values()].map(async (ref) => {
      const block = await (where === 'canonical'
        ? l2.blockByNumber(ref.number, signal)
        : l2.blockByHash(ref.hash, signal))
      if (block === null) return null
      if (block.payload.blockHash !== ref.hash)
        return `block ${formatRef(ref)} is not in the chain of ${formatRef(heads.unsafe)}, which has ${block.payload.blockHash} there`
      knownBlocks.add(ref.hash)
      return null
    }),
  )
  return conflicts.find((conflict) => conflict !== null) ?? null
}

/** True when a label is not named in forkchoice updates because the engine was not known to have its block. */
export function hasUnsentLabel({ store, knownBlocks }: EngineContext): boolean {
  const { safe, finalized } = store.state
  return [safe, finalized].some((ref) => !isZeroRef(ref) && !knownBlocks.has(ref.hash))
}
