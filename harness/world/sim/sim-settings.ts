/** What the environment says about simulated worlds. */
export interface SimSettings {
  /** Where the clock begins, Unix time in milliseconds. The same in every run, unless somebody compares it with another. */
  readonly startMs: number
  readonly seed: string
  /** Where the timeline of each world is kept; null: nowhere. */
  readonly directory: string | null
}

export const simSeedVariable = 'LOCKSTEP_SEED'
export const simStartVariable = 'LOCKSTEP_SIM_START'
export const simDirectoryVariable = 'LOCKSTEP_SIM_DIRECTORY'

/** 2027-01-15T08:00:00Z. */
const startSeconds = 1_800_000_000
/** The year 2100. */
const startSecondsMax = 4_102_444_800

/** @throws Error naming the variable that is wrong. */
export function simSettings(environment: Readonly<Record<string, string | undefined>>): SimSettings {
  const start = environment[simStartVariable] ?? String(startSeconds)
  const seconds = Number(start)
  if (!/^\d+$/.test(start) || seconds < 1 || seconds > startSecondsMax)
    throw new Error(
      `${simStartVariable}: expected Unix time in whole seconds, up to ${startSecondsMax}, found ${JSON.stringify(start)}`,
    )
  const directory = environment[simDirectoryVariable] ?? ''
  return {
    startMs: seconds * 1000,
    seed: environment[simSeedVariable] ?? '1',
    directory: directory === '' ? null : directory,
  }
}
