import { styleText } from 'node:util'
import type { ArgDef, ArgsDef, CommandDef, Resolvable } from 'citty'
import { fill, type HelpRow, helpTable } from '../../node/config/help-layout.ts'

/** Where no terminal says how wide it is. */
const helpColumns = 80
/** Longer lines are hard to read. */
const helpColumnsMax = 110

export interface HelpOptions {
  readonly colour: boolean
  /** In columns. */
  readonly width: number
}

/** Prints a command's usage, in colour on a terminal only. */
export async function printHelp<T extends ArgsDef>(command: CommandDef<T>): Promise<void> {
  const { isTTY, columns = helpColumns } = process.stdout
  const width = Math.min(columns, helpColumnsMax)
  process.stdout.write(await helpText(command, { colour: isTTY === true, width }))
}

const usageIndent = ' '.repeat('Usage  '.length)

/** The help of one command: how it is called, what it does, and every argument and flag. */
export async function helpText<T extends ArgsDef>(
  command: CommandDef<T>,
  { colour, width }: HelpOptions,
): Promise<string> {
  const bold = (text: string) => (colour ? styleText('bold', text, { validateStream: false }) : text)
  const { name = '', description = '' } = (await resolved(command.meta)) ?? {}
  const args = Object.entries<ArgDef>((await resolved(command.args)) ?? {})
  const positionals = args.filter(([, arg]) => arg.type === 'positional')
  const flags = args.filter(([, arg]) => arg.type !== 'positional')
  const usage = [
    `lockstep ${name}`,
    ...positionals.map(([key, arg]) => (isRequired(arg) ? shown(key, arg) : `[${shown(key, arg)}]`)),
    ...flags.flatMap(([key, arg]) => (isRequired(arg) ? [flagOf(key, arg)] : [])),
    ...(flags.every(([, arg]) => isRequired(arg)) ? [] : ['[flags]']),
  ].join(' ')
  const [first = '', ...more] = fill(usage, width - usageIndent.length)
  const section = (title: string, rows: readonly HelpRow[]) =>
    rows.length === 0 ? [] : ['', bold(title), ...helpTable(rows, { width })]
  return [
    `${bold('Usage')}  ${first}`,
    ...more.map((line) => usageIndent + line),
    '',
    ...fill(description, width),
    ...section(
      'Arguments',
      positionals.map(([key, arg]) => ({ left: shown(key, arg), right: meaning(arg) })),
    ),
    ...section(
      'Flags',
      flags.map(([key, arg]) => ({ left: flagOf(key, arg), right: meaning(arg) })),
    ),
    '',
  ].join('\n')
}

function shown(key: string, arg: ArgDef): string {
  return ('valueHint' in arg ? arg.valueHint : undefined) ?? key.toUpperCase()
}

function flagOf(key: string, arg: ArgDef): string {
  return arg.type === 'boolean' ? `--${key}` : `--${key} ${shown(key, arg)}`
}

function meaning(arg: ArgDef): string {
  const { description = '', default: value } = arg
  if (isRequired(arg)) return `${description} (required)`
  return value === undefined || value === false || description.includes('Default:')
    ? description
    : `${description}. Default: ${String(value)}`
}

/** citty takes a positional argument for required unless it says otherwise. */
export function isRequired({ type, required, default: value }: ArgDef): boolean {
  return value === undefined && (type === 'positional' ? required !== false : required === true)
}

/** How a message calls it. */
export function argumentName(key: string, arg: ArgDef): string {
  return arg.type === 'positional' ? shown(key, arg) : `--${key}`
}

/** What citty lets a command say at once, later, or by a function. */
export async function resolved<T>(value: Resolvable<T> | undefined): Promise<T | undefined> {
  return typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value
}
