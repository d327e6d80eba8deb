import type { L1BlockRef, L2BlockRef } from '../../../node/protocol/refs.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../../node/protocol/refs.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'
import { headAt } from '../explain/features.ts'
import type { Head } from '../explain/head.ts'
import type { IncidentNode } from '../explain/incident.ts'
import type { RecordedBlocks } from './recorded-blocks.ts'

/**
 * The status of a recorded node at a time. What it named below the first block of the replay is that block.
 * @throws Error while nothing is known of the node: it was away.
 */
export function recordedStatus(node: IncidentNode, t: number, blocks: RecordedBlocks): SyncStatus {
  if (node.gaps.some(({ from, to }) => from <= t && t < to))
    throw new Error(`${node.name} did not answer then`)
  const l2 = (level: 'unsafe' | 'localSafe' | 'crossSafe' | 'finalized'): L2BlockRef =>
    l2Of(headAt(node, level, t))
  const l2Of = (head: Head | null): L2BlockRef => {
    const { base, byHash } = blocks
    if (head === null) return zeroL2BlockRef
    return byHash.get(head.hash)?.ref ?? (head.number < base.ref.number ? base.ref : zeroL2BlockRef)
  }
  const l1 = (level: 'currentL1' | 'headL1'): L1BlockRef => {
    const head = headAt(node, level, t)
    if (head === null) return zeroL1BlockRef
    const { hash, number, parentHash, timestamp } = blocks.headers.of(head)
    return { hash, number, parentHash, timestamp }
  }
  const [unsafeL2, localSafeL2, safeL2] = [l2('unsafe'), l2('localSafe'), l2('crossSafe')]
  return {
    ...{ unsafeL2, localSafeL2, safeL2, finalizedL2: l2('finalized') },
    ...{ pendingSafeL2: localSafeL2, crossUnsafeL2: unsafeL2 },
    ...{ currentL1: l1('currentL1'), headL1: l1('headL1') },
    ...{ currentL1Finalized: zeroL1BlockRef, safeL1: zeroL1BlockRef, finalizedL1: zeroL1BlockRef },
  }
}
