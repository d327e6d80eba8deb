import type { FlagDefinition } from './flags/flag-definition.ts'
import { flagTable } from './flags.ts'
import { near } from './flags-nearest.ts'

/** Variables by name, as the process has them. */
export type Environment = Readonly<Record<string, string | undefined>>

const prefix = 'LOCKSTEP_NODE_'

/**
 * The variables that set a flag, the strongest first. Ours is the flag in upper case with `_` for every other
 * character, which is op-node's naming rule; op-node's and kona-node's own names follow, so that a node that was
 * configured for one of them can be exchanged for this one.
 */
export function environmentNames(flag: FlagDefinition): readonly string[] {
  return [
    prefix + flag.name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_'),
    ...(flag.opNode === undefined ? [] : [`OP_NODE_${flag.opNode}`]),
    ...(flag.konaNode === undefined ? [] : [`KONA_NODE_${flag.konaNode}`]),
  ]
}

/** The value of a flag in the environment and the variable that has it. An empty variable counts as not set. */
export function fromEnvironment(
  flag: FlagDefinition,
  environment: Environment,
): { readonly value: string; readonly origin: string } | null {
  for (const name of environmentNames(flag)) {
    const value = environment[name]
    if (value !== undefined && value !== '') return { value, origin: name }
  }
  return null
}

/**
 * A variable that looks like an override of the chain's rules, by any of the three naming rules, and is none. Passing
 * over it would run the chain with other rules than its operator meant; null when there is none.
 */
export function unknownOverride(
  environment: Environment,
): { readonly name: string; readonly nearest: string | null } | null {
  const known = flagTable.flatMap(environmentNames)
  const name = Object.keys(environment)
    .sort()
    .find((key) => /^(LOCKSTEP|OP|KONA)_NODE_OVERRIDE_/.test(key) && environment[key] && !known.includes(key))
  return name === undefined ? null : { name, nearest: nearestVariable(name, known) }
}

/** Without what all variables of a program begin with, by which any two of them are alike. */
function nearestVariable(name: string, known: readonly string[]): string | null {
  const [shared = ''] = /^(LOCKSTEP|OP|KONA)_NODE_(OVERRIDE_)?/.exec(name) ?? []
  const alike = known.filter((one) => one.startsWith(shared)).map((one) => one.slice(shared.length))
  const guess = near(name.slice(shared.length), alike)
  return guess === null ? null : shared + guess
}

/** Variables with our prefix that set nothing: most likely misspelt. Each with the name that was probably meant, if any is near. */
export function unknownVariables(
  environment: Environment,
): readonly { readonly name: string; readonly nearest: string | null }[] {
  const known = flagTable.flatMap(environmentNames)
  return Object.keys(environment)
    .filter((name) => name.startsWith(prefix) && !known.includes(name))
    .sort()
    .map((name) => ({ name, nearest: nearestVariable(name, known) }))
}
