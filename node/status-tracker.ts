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
 * `optimism_syncStatus` from what the actors hold: no call to L1 or to the engine. While nothing of it changes it is the same
 * object: it is asked for far more often than it changes, and whoever writes or reads it again has done so already.
 */
export function trackStatus(sources: StatusSources): () => SyncStatus {
  let told = statusOf(sources)
  return () => {
    const now = statusOf(sources)
    if (!(Object.keys(now) as (keyof SyncStatus)[]).every((field) => now[field] === told[field])) told = now
    return told
  }
}

/** Before interop the unsafe chain is cross-unsafe, and `current_l1_finalized` mirrors `finalized_l1` as in op-node. */
function statusOf({ engine, watcher, derivation }: StatusSources): SyncStatus {
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
