import type { Logger } from '../ports/logger.ts'
import { type L2BlockRef, sameBlock, zeroL2BlockRef } from '../protocol/refs.ts'
import type { EngineHeads, EngineState } from './engine-client.ts'
import { CriticalEngineError } from './errors.ts'
import { brokenInvariant } from './forkchoice-rules.ts'

/** The engine actor's state and who hears of its changes. */
export interface EngineStore {
  readonly state: EngineState
  /**
   * Publishes the state with these fields replaced; nothing when they are what they were.
   * @throws CriticalEngineError when the heads would break an invariant; nothing is published then.
   */
  update(change: Partial<EngineState>): void
  subscribe(listener: (state: EngineState) => void): () => void
}

const initialState: EngineState = {
  initialized: false,
  initialElSync: 'finished',
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
      const broken = brokenInvariant(next)
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
function mergeState(state: EngineState, change: Partial<EngineState>): EngineState {
  const next: Record<string, unknown> = { ...state }
  let changed = false
  for (const [key, value] of Object.entries(change)) {
    const before = next[key]
    if (value === before || (isRef(value) && isRef(before) && sameBlock(value, before))) continue
    next[key] = value
    changed = true
  }
  return changed ? (next as unknown as EngineState) : state
}

function isRef(value: unknown): value is L2BlockRef {
  return typeof value === 'object' && value !== null
}

/** Only the heads of a state. */
export function headsOf({ unsafe, localSafe, safe, finalized }: EngineHeads): EngineHeads {
  return { unsafe, localSafe, safe, finalized }
}
