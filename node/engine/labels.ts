import { formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'
import type { EngineContext } from './engine-context.ts'
import { headsOf } from './engine-store.ts'
import { forkchoiceStateOf, needsForkchoiceUpdate, withFinality } from './forkchoice-rules.ts'

/** What the execution engine has of some blocks. */
export interface LocatedLabels {
  /** Why one cannot belong to the engine's chain; null when none is contradicted. */
  readonly stranger: string | null
  /** Those that it does not have. */
  readonly missing: readonly L2BlockRef[]
}

/**
 * Looks up which of these blocks the execution engine has, so that a forkchoice update can name them. Blocks that it is
 * known to have cost no call.
 *
 * @param where `canonical`: the head is in the engine's canonical chain, so a label must be too. `anywhere`: the head
 * is new to the engine, and its ancestors may be on a side chain still.
 */
export async function locateLabels(
  { l2, knownBlocks, signal }: EngineContext,
  labels: readonly L2BlockRef[],
  where: 'canonical' | 'anywhere',
): Promise<LocatedLabels> {
  const wanted = new Map<string, L2BlockRef>()
  for (const ref of labels) if (!isZeroRef(ref) && !knownBlocks.has(ref.hash)) wanted.set(ref.hash, ref)
  const found = await Promise.all(
    [...wanted.values()].map(async (ref) => {
      const block = await (where === 'canonical'
        ? l2.blockByNumber(ref.number, signal)
        : l2.blockByHash(ref.hash, signal))
      if (block?.payload.blockHash === ref.hash) knownBlocks.add(ref.hash)
      return { ref, hash: block?.payload.blockHash ?? null }
    }),
  )
  const stranger = found.find(({ ref, hash }) => hash !== null && hash !== ref.hash)
  return {
    stranger:
      stranger === undefined
        ? null
        : `block ${formatRef(stranger.ref)} is not in the chain of the execution engine, which has ${stranger.hash} there`,
    missing: found.filter(({ hash }) => hash === null).map(({ ref }) => ref),
  }
}

/** True when the last forkchoice update did not say the whole state: a label's block was not known to be there. */
export function hasUnsentLabel({ store, told, toldFinalized }: EngineContext): boolean {
  return needsForkchoiceUpdate(
    told,
    forkchoiceStateOf(withFinality(headsOf(store.state), toldFinalized), () => true),
  )
}
