import type { L1ByNumber } from '../l1/canonicality.ts'
import { l1BlockRef } from '../l1/l1-watcher.ts'
import type { L1Header } from '../ports/l1-source.ts'
import type { L1BlockRef, L2BlockRef } from '../protocol/refs.ts'
import type { OriginView } from './origin-selection.ts'

/**
 * Reads what origin selection must know, as of now.
 * @throws (temporary) when L1 cannot be asked.
 */
export async function viewOrigins(
  l1: L1ByNumber,
  { l1Origin }: L2BlockRef,
  l1Head: () => L1BlockRef,
  signal: AbortSignal,
): Promise<OriginView> {
  const [current, next] = await Promise.all([
    l1.headerByNumber(l1Origin.number, signal),
    l1.headerByNumber(l1Origin.number + 1n, signal),
  ])
  return { l1Head: l1Head(), current: ref(current), next: ref(next) }
}

function ref(header: L1Header | null): L1BlockRef | null {
  return header === null ? null : l1BlockRef(header)
}
