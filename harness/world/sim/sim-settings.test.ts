import { describe, expect, it } from 'vitest'
import { simSettings } from './sim-settings.ts'

describe('simSettings', () => {
  it('has defaults, and takes what is given', () => {
    expect(simSettings({})).toEqual({ startMs: 1_800_000_000_000, seed: '1', directory: null })
    const given = { LOCKSTEP_SEED: 'x', LOCKSTEP_SIM_START: '1700000000', LOCKSTEP_SIM_DIRECTORY: '/a' }
    expect(simSettings(given)).toEqual({ startMs: 1_700_000_000_000, seed: 'x', directory: '/a' })
  })

  it.each(['soon', '0', '-5', '1.5', '1800000000000'])('refuses the start %s', (start) => {
    expect(() => simSettings({ LOCKSTEP_SIM_START: start })).toThrow('LOCKSTEP_SIM_START: expected Unix time')
  })
})
