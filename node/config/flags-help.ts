import { environmentNames } from './environment.ts'
import { type FlagDefinition, flagGroups } from './flags/flag-definition.ts'
import { flagTable } from './flags.ts'

const indent = '  '
const columnMax = 40

/** The text of `lockstep node --help`: every flag with its meaning, its default and the variables that set it. */
export function flagsHelp(options: { readonly colour: boolean; readonly width: number }): string {
  const paint = (code: number, reset: number) => (text: string) =>
    options.colour ? `\u001b[${code}m${text}\u001b[${reset}m` : text
  const bold = paint(1, 22)
  const cyan = paint(36, 39)
  const gray = paint(90, 39)
  const column = Math.min(columnMax, Math.max(...flagTable.map((flag) => usage(flag).length)) + 2)
  const pad = ' '.repeat(indent.length + column)
  const lines = [
    `${bold('lockstep node')}: an OP Stack rollup node that derives from L1 or follows another node`,
    '',
    `${bold('Usage')}  lockstep node ${flagTable
      .filter((flag) => flag.required)
      .map(usage)
      .join(' ')} [flags]`,
  ]
  for (const group of flagGroups) {
    lines.push('', bold(group))
    for (const flag of flagTable.filter((one) => one.group === group)) {
      const [first = '', ...rest] = wrap(describe(flag), options.width - pad.length)
      lines.push(`${indent}${cyan(usage(flag).padEnd(column))}${first}`)
      for (const line of rest) lines.push(pad + line)
      for (const line of wrap(environmentNames(flag).join(', '), options.width - pad.length))
        lines.push(pad + gray(line))
    }
  }
  lines.push(
    '',
    'A flag beats its variables; of several variables the first that is set counts. Durations: 500ms, 2s, 1m30s.',
    'Logs go to stderr. SIGINT and SIGTERM stop the node cleanly, a second one at once.',
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

function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
