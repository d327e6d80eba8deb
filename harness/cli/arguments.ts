import { type ArgsDef, type CommandDef, type ParsedArgs, parseArgs } from 'citty'
import { nearest } from '../../node/config/flags-nearest.ts'
import { printHelp } from './citty-command.ts'
import { UsageError } from './usage-error.ts'

/** What a command line says: its values, or that help is wanted and was printed. */
export type Arguments<T extends ArgsDef> =
  | { readonly help: true }
  | { readonly help: false; readonly args: ParsedArgs<T> }

/**
 * Parses the arguments of a command strictly, or prints its help.
 * @throws UsageError on an unknown flag (with the nearest one), a flag without its value, or too many arguments.
 */
export async function readArguments<const T extends ArgsDef>(
  command: CommandDef<T>,
  argv: readonly string[],
): Promise<Arguments<T>> {
  const { args } = command
  const definition = ((typeof args === 'function' ? await args() : await args) ?? {}) as T
  if (argv.includes('--help') || argv.includes('-h')) {
    await printHelp(command)
    return { help: true }
  }
  checkArguments(definition, argv)
  return { help: false, args: parseArgs<T>([...argv], definition) }
}

/** @throws UsageError. citty itself takes whatever it is given. */
export function checkArguments(definition: ArgsDef, argv: readonly string[]): void {
  const names = Object.keys(definition).filter((name) => definition[name]?.type !== 'positional')
  const positionalsMax = Object.keys(definition).length - names.length
  let positionals = 0
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    if (!argument.startsWith('-')) {
      if (++positionals > positionalsMax)
        throw new UsageError(
          `expected ${positionalsMax === 0 ? 'no' : `at most ${positionalsMax}`} argument${positionalsMax === 1 ? '' : 's'}, found ${JSON.stringify(argument)}`,
        )
      continue
    }
    const [flag = '', value] = argument.replace(/^--?/, '').split('=', 2)
    const found = definition[flag]
    if (found === undefined || !names.includes(flag) || !argument.startsWith('--'))
      throw new UsageError(
        `unknown flag ${argument.split('=', 1)[0]}; did you mean --${nearest(flag, [...names, 'help'])}?`,
      )
    if (found.type === 'boolean') continue
    if (value === undefined) {
      const next = argv[++index]
      if (next === undefined || next.startsWith('-'))
        throw new UsageError(`--${flag}: expected a value, found ${next === undefined ? 'none' : next}`)
    }
  }
}
