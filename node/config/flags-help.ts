import { environmentNames } from './environment.ts'
import { type FlagDefinition, flagGroups } from './flags/flag-definition.ts'
import { flagTable } from './flags.ts'
import { helpTable, wrap } from './help-layout.ts'

/** The text of `lockstep node --help`: every flag with its meaning, its default and the variables that set it. */
export function flagsHelp(options: { readonly colour: boolean; readonly width: number }): string {
  const paint = (code: number, reset: number) => (text: string) =>
    options.colour ? `\u001b[${code}m${text}\u001b[${reset}m` : text
  const bold = paint(1, 22)
  const cyan = paint(36, 39)
  const gray = paint(90, 39)
  const lines = [
    `${bold('Usage')}  lockstep node REQUIRED… [flags]`,
    '',
    ...wrap('An OP Stack rollup node that derives from L1 or follows another node.', options.width),
    ...wrap(
      `Required: ${flagTable
        .filter((flag) => flag.required)
        .map(usage)
        .join(', ')}.`,
      options.width,
    ),
  ]
  for (const group of flagGroups) {
    lines.push('', bold(group))
    const rows = flagTable
      .filter((flag) => flag.group === group)
      .map((flag) => ({
        left: usage(flag),
        right: describe(flag),
        note: environmentNames(flag).join(', '),
      }))
    lines.push(...helpTable(rows, { width: options.width, paintLeft: cyan, paintNote: gray }))
  }
  lines.push(
    '',
    ...wrap(
      'A flag beats its variables; of several variables the first that is set counts. Durations: 500ms, 2s, 1m30s. Logs go to stderr. SIGINT and SIGTERM stop the node cleanly, a second one at once.',
      options.width,
    ),
    '',
  )
  return lines.join('\n')
}

function usage(flag: FlagDefinition): string {
  return flag.value === undefined ? `--${flag.name}` : `--${flag.name} ${flag.value}`
}

function describe(flag: FlagDefinition): string {
  const notes = [
    ...(flag.required ? ['required'] : []),
    ...(flag.default === undefined ? [] : [`default: ${flag.default}`]),
    ...(flag.aliases === undefined ? [] : [`also ${flag.aliases.map((alias) => `--${alias}`).join(', ')}`]),
  ]
  return notes.length === 0 ? flag.help : `${flag.help} (${notes.join('; ')})`
}
