import { ConfigError } from './config-error.ts'
import { type Environment, fromEnvironment, unknownOverride } from './environment.ts'
import type { FlagDefinition } from './flags/flag-definition.ts'
import { type FlagName, flagTable } from './flags.ts'
import { near } from './flags-nearest.ts'

/** A value and where it came from, for error messages: `--rpc.port`, `OP_NODE_RPC_PORT`. */
export interface FlagValue {
  readonly value: string
  readonly origin: string
  /** Nobody gave it. */
  readonly isDefault?: true
}

/** Every flag that has a value, from the command line, the environment or its default. */
export type FlagValues = ReadonlyMap<FlagName, FlagValue>

const switchWords: Readonly<Record<string, 'true' | 'false'>> = {
  true: 'true',
  false: 'false',
  '1': 'true',
  '0': 'false',
}

/**
 * Reads `--name value`, `--name=value` and `--switch`. The command line beats the environment, which beats the default.
 * @throws ConfigError for an unknown or repeated flag, an unknown override in the environment, a missing value, a stray argument, a missing required flag.
 */
export function parseFlags(argv: readonly string[], environment: Environment): FlagValues {
  const given = parseArguments(argv)
  const stray = unknownOverride(environment)
  if (stray !== null)
    throw new ConfigError(
      `unknown variable ${stray.name}${stray.nearest === null ? '' : `; the nearest known variable is ${stray.nearest}`}: unset it, because no override of the chain's rules is ignored`,
    )
  const values = new Map<FlagName, FlagValue>()
  const missing: string[] = []
  for (const flag of flagTable) {
    const found = given.get(flag) ?? fromEnvironment(flag, environment)
    if (found !== null && found !== undefined)
      values.set(flag.name as FlagName, flag.value === undefined ? toSwitch(found) : found)
    else if (flag.default !== undefined)
      values.set(flag.name as FlagName, { value: flag.default, origin: `--${flag.name}`, isDefault: true })
    else if (flag.required) missing.push(`--${flag.name}`)
  }
  if (missing.length > 0)
    throw new ConfigError(
      `${[missing.slice(0, -1).join(', '), missing.at(-1)].filter(Boolean).join(' and ')} ${missing.length === 1 ? 'is' : 'are'} missing; see lockstep node --help`,
    )
  return values
}

function parseArguments(argv: readonly string[]): ReadonlyMap<FlagDefinition, FlagValue> {
  const given = new Map<FlagDefinition, FlagValue>()
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] as string
    if (!argument.startsWith('--'))
      throw new ConfigError(`expected a flag such as --l1, found the argument ${JSON.stringify(argument)}`)
    const equals = argument.indexOf('=')
    const origin = equals < 0 ? argument : argument.slice(0, equals)
    const flag = findFlag(origin)
    let value = equals < 0 ? undefined : argument.slice(equals + 1)
    if (value === undefined && flag.value === undefined) value = 'true'
    if (value === undefined) {
      value = argv[++index]
      if (value === undefined || value.startsWith('--'))
        throw new ConfigError(`${origin}: expected a value (${flag.value}), found ${value ?? 'the end'}`)
    }
    const before = given.get(flag)
    if (before !== undefined && !flag.repeatable)
      throw new ConfigError(`${origin}: expected it once, found ${before.value} and ${value}`)
    given.set(flag, { value: before === undefined ? value : `${before.value},${value}`, origin })
  }
  return given
}

function findFlag(argument: string): FlagDefinition {
  const name = argument.slice(2)
  const flag = flagTable.find((known) => known.name === name || known.aliases?.includes(name))
  if (flag !== undefined) return flag
  const names = flagTable.flatMap((known) => [known.name, ...(known.aliases ?? [])])
  // What all overrides begin with says nothing of which one is meant.
  const [shared = ''] = /^override\./.exec(name) ?? []
  const alike = names.filter((known) => known.startsWith(shared)).map((known) => known.slice(shared.length))
  const guess = near(name.slice(shared.length), alike)
  throw new ConfigError(
    `unknown flag ${argument}; ${guess === null ? 'lockstep node --help has all' : `the nearest known flag is --${shared}${guess}`}`,
  )
}

function toSwitch({ value, origin }: FlagValue): FlagValue {
  const word = switchWords[value.toLowerCase()]
  if (word === undefined)
    throw new ConfigError(`${origin}: expected true or false, found ${JSON.stringify(value)}`)
  return { value: word, origin }
}
