import { styleText } from 'node:util'
import type { ArgDef, ArgsDef, CommandDef, CommandMeta, Resolvable, SubCommandsDef } from 'citty'
import { type HelpRow, helpTable, wrap } from '../../node/config/help-layout.ts'

export interface HelpOptions {
  readonly colour: boolean
  /** In columns. */
  readonly width: number
}

/** The help of one command: how it is called, what it does, and every argument, flag and command below it. */
export async function helpText<T extends ArgsDef>(
  command: CommandDef<T>,
  { colour, width }: HelpOptions,
): Promise<string> {
  const bold = (text: string) => (colour ? styleText('bold', text, { validateStream: false }) : text)
  const { name = '', description = '' } = await resolved<CommandMeta>(command.meta, {})
  const args = Object.entries(await resolved<ArgsDef>(command.args, {}))
  const subCommands = Object.entries(await resolved<SubCommandsDef>(command.subCommands, {}))
  const positionals = args.filter(([, arg]) => arg.type === 'positional')
  const flags = args.filter(([, arg]) => arg.type !== 'positional')
  const usage = [
    `lockstep ${name}`,
    ...(subCommands.length === 0 ? [] : ['COMMAND']),
    ...positionals.map(([key, arg]) => (arg.required === false ? `[${shown(key, arg)}]` : shown(key, arg))),
    ...(flags.length === 0 ? [] : ['[flags]']),
  ].join(' ')
  const below = await Promise.all(
    subCommands.map(async ([key, sub]): Promise<HelpRow> => {
      const one = await resolved(sub, {} as CommandDef)
      return { left: key, right: (await resolved<CommandMeta>(one.meta, {})).description ?? '' }
    }),
  )
  const section = (title: string, rows: readonly HelpRow[]) =>
    rows.length === 0 ? [] : ['', bold(title), ...helpTable(rows, { width })]
  return [
    `${bold('Usage')}  ${usage}`,
    '',
    ...wrap(description, width),
    ...section('Commands', below),
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

function meaning({ description = '', default: value }: ArgDef): string {
  return value === undefined || value === false || description.includes('Default:')
    ? description
    : `${description}. Default: ${String(value)}`
}

async function resolved<T>(value: Resolvable<T> | undefined, absent: T): Promise<T> {
  return (typeof value === 'function' ? await (value as () => T | Promise<T>)() : await value) ?? absent
}
