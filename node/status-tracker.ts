import type { Derivation } from './derivation/derivation.ts'
import { type EngineClient, isProving } from './engine/engine-client.ts'
import type { L1Watcher } from './l1/l1-watcher.ts'
import type { SyncStatus } from './protocol/sync-status.ts'

export interface StatusSources {
  readonly engine: Pick<EngineClient, 'state'>
  readonly watcher: Pick<L1Watcher, 'heads'>
  readonly derivation: Pick<Derivation, 'currentL1'>
}

/**
 * `optimism_syncStatus` from what the actors hold: no call to L1 or to the engine. Before interop the unsafe chain is
 * cross-unsafe, and `current_l1_finalized` mirrors `finalized_l1` as in op-node.
 */
export function syncStatusOf({ engine, watcher, derivation }: StatusSources): SyncStatus {
  const { unsafe, safe, localSafe, pendingSafe, finalized } = engine.state
  const { latest, safe: safeL1, finalized: finalizedL1 } = watcher.heads
  return {
    currentL1: derivation.currentL1,
    currentL1Finalized: finalizedL1,
    headL1: latest,
    safeL1,
    finalizedL1,
    unsafeL2: unsafe,
    safeL2: safe,
    finalizedL2: finalized,
    pendingSafeL2: isProving(engine.state) ? localSafe : pendingSafe,
    crossUnsafeL2: unsafe,
    localSafeL2: localSafe,
  }
}
