import { type ArgsDef, type CommandDef, type ParsedArgs, parseArgs } from 'citty'
import { didYouMean } from '../../node/config/flags-nearest.ts'
import { argumentName, isRequired, printHelp, resolved } from './help.ts'
import { UsageError } from './usage-error.ts'

/** What a command line says: its values, or that help is wanted and was printed. */
export type Arguments<T extends ArgsDef> =
  | { readonly help: true }
  | ({ readonly help: false; readonly args: ParsedArgs<T> } & WrittenArguments)

/** Everything that a command line holds, in its order. */
export interface WrittenArguments {
  readonly positionals: readonly string[]
  /** Every value of a flag that may stand more than once. */
  all(flag: string): readonly string[]
}

/**
 * Parses the arguments of a command strictly, or prints its help.
 * @throws UsageError on an unknown flag (with the nearest one), a flag without its value, too many arguments, or when some
 * that are required are missing: it names all of them.
 */
export async function readArguments<const T extends ArgsDef>(
  command: CommandDef<T>,
  argv: readonly string[],
  options: ArgumentOptions = {},
): Promise<Arguments<T>> {
  const { args } = command
  const definition = (await resolved(args)) ?? ({} as T)
  if (argv.includes('--help') || argv.includes('-h')) {
    await printHelp(command)
    return { help: true }
  }
  const written = checkArguments(definition, argv, options)
  const { name = '' } = (await resolved(command.meta)) ?? {}
  requireAll(definition, written, name)
  return { help: false, args: parseArgs<T>([...argv], definition), ...written }
}

export interface ArgumentOptions {
  /** Default: as many as the definition names. */
  readonly positionalsMax?: number
}

/** @throws UsageError. citty itself takes whatever it is given. */
export function checkArguments(
  definition: ArgsDef,
  argv: readonly string[],
  options: ArgumentOptions = {},
): WrittenArguments {
  const names = Object.keys(definition).filter((name) => definition[name]?.type !== 'positional')
  const positionalsMax = options.positionalsMax ?? Object.keys(definition).length - names.length
  const positionals: string[] = []
  const values = new Map<string, string[]>()
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    // A single dash is standard input.
    if (!argument.startsWith('-') || argument === '-') {
      if (positionals.push(argument) > positionalsMax)
        throw new UsageError(
          `expected ${positionalsMax === 0 ? 'no' : `at most ${positionalsMax}`} argument${positionalsMax === 1 ? '' : 's'}, found ${JSON.stringify(argument)}`,
        )
      continue
    }
    const [flag = '', inline] = splitAt(argument.replace(/^--?/, ''), '=')
    const found = definition[flag]
    if (found === undefined || !names.includes(flag) || !argument.startsWith('--'))
      throw new UsageError(
        `unknown flag ${argument.split('=', 1)[0]}${didYouMean(flag, [...names, 'help'], '--') || '; --help has all'}`,
      )
    if (found.type === 'boolean') continue
    const value = inline ?? argv[++index]
    // A negative number is a value: whoever reads it says what it expects.
    if (value === undefined || (inline === undefined && /^-(?!\d)./.test(value)))
      throw new UsageError(`--${flag}: expected a value, found ${value ?? 'none'}`)
    values.set(flag, [...(values.get(flag) ?? []), value])
  }
  return { positionals, all: (flag) => values.get(flag) ?? [] }
}

/** @throws UsageError naming every argument and flag that is required and has no value, in the order of the definition. */
function requireAll(definition: ArgsDef, { positionals, all }: WrittenArguments, command: string): void {
  const places = Object.keys(definition).filter((name) => definition[name]?.type === 'positional')
  const missing = Object.entries(definition).flatMap(([name, arg]) => {
    if (!isRequired(arg)) return []
    const given = arg.type === 'positional' ? positionals[places.indexOf(name)] : all(name).at(-1)
    return given === undefined || given === '' ? [argumentName(name, arg)] : []
  })
  if (missing.length === 0) return
  const names = [missing.slice(0, -1).join(', '), missing.at(-1)].filter(Boolean).join(' and ')
  throw new UsageError(
    `${names} ${missing.length === 1 ? 'is' : 'are'} missing; see lockstep ${command} --help`,
  )
}

/** What stands before and after the first separator; the whole text when there is none. */
export function splitAt(text: string, separator: string): readonly [string, string?] {
  const at = text.indexOf(separator)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + separator.length)]
}
