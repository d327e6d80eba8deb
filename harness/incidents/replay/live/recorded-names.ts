import type { Hash } from 'viem'
import type { SyncStatus } from '../../../../node/protocol/sync-status.ts'

/** The status with the hashes that were recorded, in place of those that a replay gave the same blocks. */
export function recordedNames(status: SyncStatus, recordedHash: (hash: Hash) => Hash): SyncStatus {
  const l1 = <T extends SyncStatus['headL1']>(ref: T): T => ({
    ...ref,
    ...{ hash: recordedHash(ref.hash), parentHash: recordedHash(ref.parentHash) },
  })
  const l2 = (ref: SyncStatus['unsafeL2']) => ({
    ...ref,
    ...{ hash: recordedHash(ref.hash), parentHash: recordedHash(ref.parentHash) },
    l1Origin: { ...ref.l1Origin, hash: recordedHash(ref.l1Origin.hash) },
  })
  return {
    ...status,
    ...{ unsafeL2: l2(status.unsafeL2), localSafeL2: l2(status.localSafeL2), safeL2: l2(status.safeL2) },
    ...{ finalizedL2: l2(status.finalizedL2), pendingSafeL2: l2(status.pendingSafeL2) },
    ...{ crossUnsafeL2: l2(status.crossUnsafeL2), currentL1: l1(status.currentL1) },
    ...{ headL1: l1(status.headL1), currentL1Finalized: l1(status.currentL1Finalized) },
    ...{ safeL1: l1(status.safeL1), finalizedL1: l1(status.finalizedL1) },
  }
}
