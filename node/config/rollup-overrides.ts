import { wrong } from './flag-values.ts'
import { overridableForks } from './flags/overrides.ts'
import type { FlagName } from './flags.ts'
import type { FlagValue, FlagValues } from './flags-parse.ts'
import { unsupportedForkNames } from './unknown-forks.ts'

/** The flag of each value and the key of `rollup.json` that it replaces. */
const times: readonly (readonly [FlagName, string])[] = [
  ...[...overridableForks, ...unsupportedForkNames].map(
    (fork) => [`override.${fork}`, `${fork}_time`] as const,
  ),
  ['override.pectrablobschedule', 'pectra_blob_schedule_time'],
]

/** Values that replace those of a rollup configuration file, and where they were given. */
export interface RollupOverrides {
  readonly values: Readonly<Record<string, number | boolean>>
  /** Flags and variables, for error messages. */
  readonly origins: readonly string[]
}

/**
 * What the `--override.…` flags put into the file. Whether the result is a configuration is judged afterwards, so that an
 * override is held to the same rules as the file.
 * @throws ConfigError when a time is not a whole number that JSON holds exactly.
 */
export function rollupOverrides(flags: FlagValues): RollupOverrides {
  const given = times.flatMap(([flag, key]) => {
    const value = flags.get(flag)
    return value === undefined ? [] : [{ key, value: seconds(value), origin: value.origin }]
  })
  const keep = flags.get('override.keep-karst-upgrade-gas')
  const all = [
    ...given,
    ...(keep === undefined
      ? []
      : [{ key: 'keep_karst_upgrade_gas', value: keep.value === 'true', origin: keep.origin }]),
  ]
  return {
    values: Object.fromEntries(all.map(({ key, value }) => [key, value])),
    origins: all.map(({ origin }) => origin),
  }
}

function seconds(flag: FlagValue): number {
  const value = /^\d{1,16}$/.test(flag.value) ? Number(flag.value) : Number.NaN
  if (!Number.isSafeInteger(value)) throw wrong(flag, 'a time in seconds, from 0 to 2^53 - 1')
  return value
}
