import { type BlockId, formatRef } from '../../node/protocol/refs.ts'
import { formatMs } from '../report/node-table.ts'
import type { World } from '../world/world.ts'

/** A block that a scenario names: with its L1 origin, when it came from a head. */
type Named = BlockId & { readonly l1Origin?: BlockId }

/**
 * Why a block can never be on a chain again: another one is finalized at its height, and finality is not taken back. With what
 * became of its L1 origin, as far as it is known.
 */
export function finalizedInstead(
  { clock, l1 }: Pick<World, 'clock' | 'l1'>,
  name: string,
  gone: Named,
  stands: BlockId,
): string {
  const { l1Origin: origin } = gone
  const found = `${name}'s block ${stands.number} is ${stands.hash}, finalized`
  if (origin === undefined || l1.view.isCanonical(origin)) return found
  const orphanedMs = l1.view.orphanedMs(origin.hash)
  const by = l1.view.canonicalAt(origin.number)
  const instead = by === undefined ? '' : ` by ${formatRef(by)}`
  const ago = orphanedMs === undefined ? '' : ` ${formatMs(clock.nowMs() - orphanedMs)} ago`
  return `${found}; the L1 origin ${formatRef(origin)} of ${formatRef(gone)} was orphaned${instead}${ago}`
}
