import type { EngineState } from '../engine/engine-client.ts'

export interface PauseInput {
  readonly active: boolean
  readonly state: EngineState
  /** Milliseconds for which the follow source's recovery holds block production. */
  readonly heldMs: number
  /** In blocks; 0 means no limit. */
  readonly maxSafeLag: bigint
}

/** Why a sequencer makes no block now, the strongest reason first; null when it may. */
export function pauseReason({ active, state, heldMs, maxSafeLag }: PauseInput): string | null {
  if (!active) return 'stopped'
  if (!state.initialized) return 'the heads are not known yet'
  if (state.initialElSync === 'started' || state.initialElSync === 'finished-not-finalized')
    return 'the initial EL sync has not ended'
  if (state.elSyncing) return 'the execution engine is syncing'
  if (state.holding) return "the follow source's chain is being adopted"
  if (heldMs > 0) return 'the follow source is catching up'
  if (maxSafeLag > 0n && state.unsafe.number >= state.safe.number + maxSafeLag)
    return `unsafe ${state.unsafe.number} is ${maxSafeLag} or more blocks ahead of safe ${state.safe.number}`
  return null
}
