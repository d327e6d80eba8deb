import { type ArtefactPlace, artefactsOf, artefactUrl } from '../report/run-artefacts.ts'
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

/** The same as Markdown, with the marks that each reached, where its files are, and a link to where they can be had. */
export function outcomeMarkdown({ outcomes, rounds }: AcceptResult, place: ArtefactPlace): string {
  const head = ['verdict', 'scenario', ...(rounds === 1 ? [] : ['round']), 'time', 'reached', 'run']
  const rows = inOrder(outcomes).map((one) => [
    `${signs[one.outcome]} ${one.outcome}`,
    one.name,
    ...(rounds === 1 ? [] : [String(one.round)]),
    time(one),
    one.reached.join(', '),
    linkOf(one, place),
  ])
  return [head, head.map(() => '---'), ...rows]
    .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`)
    .join('\n')
}

/** Of a flaky scenario, the attempt that did not pass is the one to look at. */
function linkOf({ outcome, earlier, runDirectory }: SettledOutcome, place: ArtefactPlace): string {
  const told = earlier[0] ?? { outcome, runDirectory }
  if (told.runDirectory === null) return ''
  const passed = told.outcome === 'passed' || told.outcome === 'skipped'
  const { report, directory } = artefactsOf(told.runDirectory, passed, place.folder)
  const url = report === null ? null : artefactUrl(report, place.environment)
  return url === null ? `\`${report ?? directory}\`` : `[report](${url}) \`${report}\``
}

function time({ durationMs, earlier }: SettledOutcome): string {
  const again = earlier.length === 0 ? '' : `, attempt ${earlier.length + 1}`
  return `${(durationMs / 1000).toFixed(1)} s${again}`
}
