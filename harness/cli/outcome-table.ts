import { relative } from 'node:path'
import { formatTable } from '../report/table.ts'
import type { AcceptResult } from './accept-report.ts'
import { inOrder } from './results.ts'
import type { SettledOutcome } from './settled.ts'

const signs = { passed: '✓', flaky: '!', failed: '✗', known: '~', inconclusive: '?', skipped: '-' } as const

/** One line for each scenario and round, in the order of the catalogue. */
export function outcomeTable({ outcomes, rounds }: AcceptResult): string {
  return formatTable(
    inOrder(outcomes).map((one) => [
      `${signs[one.outcome]} ${one.outcome}`,
      one.name,
      ...(rounds === 1 ? [] : [`round ${one.round}`]),
      time(one),
    ]),
  )
}

/** The same as Markdown, with the marks that each reached and where its files are. */
export function outcomeMarkdown({ outcomes, rounds }: AcceptResult, directory: string): string {
  const head = ['verdict', 'scenario', ...(rounds === 1 ? [] : ['round']), 'time', 'reached', 'run']
  const rows = inOrder(outcomes).map((one) => [
    `${signs[one.outcome]} ${one.outcome}`,
    one.name,
    ...(rounds === 1 ? [] : [String(one.round)]),
    time(one),
    one.reached.join(', '),
    one.runDirectory === null ? '' : `\`${relative(directory, one.runDirectory)}\``,
  ])
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`)
    .join('\n')
}

function time({ durationMs, earlier }: SettledOutcome): string {
  const again = earlier.length === 0 ? '' : `, attempt ${earlier.length + 1}`
  return `${(durationMs / 1000).toFixed(1)} s${again}`
}
