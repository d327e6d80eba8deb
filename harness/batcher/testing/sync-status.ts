import type { Verifier } from '../../../node/derivation/pipeline/testing/derive.ts'
import type { FakeL2 } from '../../../node/derivation/pipeline/testing/fake-l2.ts'
import type { FakeL1 } from '../../../node/ports/testing/fake-l1.ts'
import type { SyncStatus } from '../../../node/protocol/sync-status.ts'

/** The status of a sequencer whose safe head is what the verifier derived. */
export function syncStatusOf({ pipeline, l2 }: Verifier, sequencer: FakeL2, l1: FakeL1): SyncStatus {
  return {
    currentL1: pipeline.origin,
    currentL1Finalized: l1.head,
    headL1: l1.head,
    safeL1: l1.head,
    finalizedL1: l1.head,
    unsafeL2: sequencer.head,
    safeL2: l2.head,
    finalizedL2: l2.head,
    pendingSafeL2: l2.head,
    crossUnsafeL2: sequencer.head,
    localSafeL2: l2.head,
  }
}
