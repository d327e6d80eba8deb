import { describe, expect, it } from 'vitest'
import { simSettings } from './sim-settings.ts'

describe('simSettings', () => {
  it('has defaults, and takes what is given', () => {
    const usual = {
      startMs: 1_800_000_000_000,
      genesisSeconds: null,
      bootedMs: null,
      seed: '1',
      directory: null,
    }
    expect(simSettings({})).toEqual(usual)
    const given = {
      ...{ LOCKSTEP_SIM_START: '1700000003500', LOCKSTEP_SIM_GENESIS: '1700000000' },
      LOCKSTEP_SIM_BOOTED: '1700000009000',
    }
    expect(simSettings({ ...given, LOCKSTEP_SEED: 'x', LOCKSTEP_SIM_DIRECTORY: '/a' })).toEqual({
      ...{ startMs: 1_700_000_003_500, genesisSeconds: 1_700_000_000 },
      ...{ bootedMs: 1_700_000_009_000, seed: 'x', directory: '/a' },
    })
  })

  it.each(['LOCKSTEP_SIM_START', 'LOCKSTEP_SIM_GENESIS', 'LOCKSTEP_SIM_BOOTED'])(
    'refuses what is no time in %s',
    (variable) => {
      for (const text of ['soon', '0', '-5', '1.5', '9000000000000'])
        expect(() => simSettings({ [variable]: text })).toThrow(`${variable}: expected a whole number`)
    },
  )
})
