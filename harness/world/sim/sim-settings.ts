/** What the environment says about simulated worlds. */
export interface SimSettings {
  /** Where the clock begins, Unix time in milliseconds. The same in every run, unless somebody compares it with another. */
  readonly startMs: number
  /** Of both chains, Unix time in seconds; null: when the clock begins. */
  readonly genesisSeconds: number | null
  /**
   * Before then nobody builds blocks or batches, as before a live devstack has booted, Unix time in milliseconds; null: as
   * soon as everything runs, which takes no time here.
   */
  readonly bootedMs: number | null
  readonly seed: string
  /** Where the timeline of each world is kept; null: nowhere. */
  readonly directory: string | null
}

export const simSeedVariable = 'LOCKSTEP_SEED'
export const simStartVariable = 'LOCKSTEP_SIM_START'
export const simGenesisVariable = 'LOCKSTEP_SIM_GENESIS'
export const simBootedVariable = 'LOCKSTEP_SIM_BOOTED'
export const simDirectoryVariable = 'LOCKSTEP_SIM_DIRECTORY'

/** 2027-01-15T08:00:00Z. */
const startMs = 1_800_000_000_000
/** The year 2100. */
const startMsMax = 4_102_444_800_000

/** @throws Error naming the variable that is wrong. */
export function simSettings(environment: Readonly<Record<string, string | undefined>>): SimSettings {
  const numberOf = (variable: string, most: number): number | null => {
    const text = environment[variable]
    if (text === undefined) return null
    if (/^[1-9]\d*$/.test(text) && Number(text) <= most) return Number(text)
    throw new Error(`${variable}: expected a whole number from 1 to ${most}, found ${JSON.stringify(text)}`)
  }
  const directory = environment[simDirectoryVariable] ?? ''
  return {
    startMs: numberOf(simStartVariable, startMsMax) ?? startMs,
    genesisSeconds: numberOf(simGenesisVariable, startMsMax / 1000),
    bootedMs: numberOf(simBootedVariable, startMsMax),
    seed: environment[simSeedVariable] ?? '1',
    directory: directory === '' ? null : directory,
  }
}
