import { describe, expect, it } from 'vitest'
import type { EngineState } from '../engine/engine-client.ts'
import { zeroL2BlockRef } from '../protocol/refs.ts'
import { type PauseInput, pauseReason } from './pause-reason.ts'

const at = (number: bigint) => ({ ...zeroL2BlockRef, number })
const state: EngineState = {
  initialized: true,
  initialElSync: 'finished',
  syncTarget: null,
  elSyncing: false,
  holding: false,
  finalizedConflict: null,
  unsafe: at(15n),
  localSafe: at(10n),
  pendingSafe: at(10n),
  safe: at(10n),
  finalized: at(1n),
}
const input: PauseInput = { active: true, state, heldMs: 0, maxSafeLag: 0n }

describe('why a sequencer pauses', () => {
  it.each<[string, Partial<PauseInput>, RegExp | null]>([
    ['nothing', {}, null],
    ['stopped', { active: false }, /stopped/],
    ['before the first reset', { state: { ...state, initialized: false } }, /not known/],
    ['before the initial EL sync', { state: { ...state, initialElSync: 'will-start' } }, null],
    ['during the initial EL sync', { state: { ...state, initialElSync: 'started' } }, /initial EL sync/],
    ['at its end', { state: { ...state, initialElSync: 'finished-not-finalized' } }, /initial EL sync/],
    ['the engine syncs', { state: { ...state, elSyncing: true } }, /syncing/],
    ['the engine adopts', { state: { ...state, holding: true } }, /adopted/],
    ['the source recovers', { heldMs: 1 }, /catching up/],
    ['five blocks of lag, six allowed', { maxSafeLag: 6n }, null],
    [
      'five blocks of lag, five allowed',
      { maxSafeLag: 5n },
      /unsafe 15 is 5 or more blocks ahead of safe 10/,
    ],
  ])('%s', (_name, fields, reason) => {
    const found = pauseReason({ ...input, ...fields })
    if (reason === null) expect(found).toBeNull()
    else expect(found).toMatch(reason)
  })
})
