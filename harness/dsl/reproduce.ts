/** What changes a run beside the name of the scenario: written before the command, and after the name. */
export interface Reproduction {
  readonly before: readonly string[]
  readonly after: readonly string[]
}

/** What a command that runs scenarios was told, for the processes that run them. */
export const reproduceVariable = 'LOCKSTEP_REPRODUCE'

/** Variables that change what happens in a run. Which world it is, and under which seeds, is told by flags. */
const changing =
  /^LOCKSTEP_(L2CL_KIND|L2EL_KIND|L2CL_AT|CLIENTS|DRIVER|SEED|SIM_START|SIM_GENESIS|SIM_BOOTED|SCENARIO_TIMEOUT|[A-Z0-9_]+_(BIN|IMAGE))$/

type Environment = Readonly<Record<string, string | undefined>>

/**
 * What a command was told by its environment and by its flags.
 * @param flags by name; what is undefined or false was not given.
 */
export function reproductionOf(
  environment: Environment,
  flags: Readonly<Record<string, string | boolean | readonly string[] | undefined>> = {},
): Reproduction {
  return {
    before: Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && value !== '' && changing.test(name) ? [`${name}=${quoted(value)}`] : [],
    ),
    after: Object.entries(flags).flatMap(([flag, value]) => {
      if (value === undefined || value === false) return []
      if (value === true) return [`--${flag}`]
      return [value].flat().flatMap((one) => [`--${flag}`, quoted(one)])
    }),
  }
}

export interface ReproduceOptions {
  readonly name: string
  /** Where it ran, unless that is the default. */
  readonly world?: string
  /** Of the network; only with `--seeds`. */
  readonly seed?: string
}

/** The command that runs a scenario again as it ran here. */
export function reproduceCommand(
  { name, world, seed }: ReproduceOptions,
  environment: Environment = process.env,
): string {
  const told = environment[reproduceVariable]
  const { before, after } =
    told === undefined ? reproductionOf(environment) : (JSON.parse(told) as Reproduction)
  const flags = [...after, ...(world === undefined ? [] : [`--world ${world}`])]
  return [
    ...before,
    'npx lockstep accept',
    quoted(name),
    ...flags,
    ...(seed === undefined ? [] : [`--seed ${seed}`]),
  ].join(' ')
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./:=@,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
