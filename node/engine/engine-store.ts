import type { Logger } from '../ports/logger.ts'
import { type L2BlockRef, sameBlock, zeroL2BlockRef } from '../protocol/refs.ts'
import type { EngineHeads, EngineState } from './engine-client.ts'
import { CriticalEngineError } from './errors.ts'
import { brokenInvariant } from './forkchoice-rules.ts'

/** Fields of the state to replace; `elSyncing` follows from `syncTarget`. */
export type EngineStateChange = Partial<Omit<EngineState, 'elSyncing'>>

/** The engine actor's state and who hears of its changes. */
export interface EngineStore {
  readonly state: EngineState
  /**
   * Publishes the state with these fields replaced; nothing when they are what they were.
   * @throws CriticalEngineError when the heads would break an invariant; nothing is published then.
   */
  update(change: EngineStateChange): void
  subscribe(listener: (state: EngineState) => void): () => void
}

const initialState: EngineState = {
  initialized: false,
  initialElSync: 'finished',
  syncTarget: null,
  elSyncing: false,
  holding: false,
  finalizedConflict: null,
  unsafe: zeroL2BlockRef,
  pendingSafe: zeroL2BlockRef,
  localSafe: zeroL2BlockRef,
  safe: zeroL2BlockRef,
  finalized: zeroL2BlockRef,
}

export function createEngineStore(logger: Logger): EngineStore {
  const listeners = new Set<(state: EngineState) => void>()
  let state = initialState
  return {
    get state() {
      return state
    },
    update(change) {
      const next = mergeState(state, change)
      if (next === state) return
      const broken =
        brokenInvariant(next) ?? (next.syncTarget === null ? null : brokenInvariant(next.syncTarget))
      if (broken !== null) throw new CriticalEngineError(`engine state would break an invariant: ${broken}`)
      state = next
      for (const listener of listeners)
        try {
          listener(next)
        } catch (error) {
          logger.error('a listener of the engine state failed', { error })
        }
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** The state with the changes; the same object when there are none. A reference to the same block is no change. */
function mergeState(state: EngineState, { syncTarget, ...change }: EngineStateChange): EngineState {
  const changed = Object.entries(change).filter(([key, value]) => {
    const before = state[key as keyof EngineStateChange]
    return value !== before && !(isRef(value) && isRef(before) && sameBlock(value, before))
  })
  const retargets = syncTarget !== undefined && !sameTarget(syncTarget, state.syncTarget)
  if (changed.length === 0 && !retargets) return state
  return {
    ...state,
    ...Object.fromEntries(changed),
    ...(retargets ? { syncTarget, elSyncing: syncTarget !== null } : {}),
  }
}

function isRef(value: unknown): value is L2BlockRef {
  return typeof value === 'object' && value !== null
}

function sameTarget(a: EngineHeads | null, b: EngineHeads | null): boolean {
  if (a === null || b === null) return a === b
  return (['unsafe', 'localSafe', 'safe', 'finalized'] as const).every((head) => sameBlock(a[head], b[head]))
}

/** The heads that the execution engine is to have in the end: those it syncs to, or else its own. */
export function aimOf(state: EngineState): EngineHeads {
  return state.syncTarget ?? headsOf(state)
}

/** Only the heads of a state. */
export function headsOf({ unsafe, localSafe, safe, finalized }: EngineHeads): EngineHeads {
  return { unsafe, localSafe, safe, finalized }
}
