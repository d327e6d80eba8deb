import { appendFileSync } from 'node:fs'
import type { ArtefactPlace } from '../report/run-artefacts.ts'
import { type AcceptResult, totalsText } from './accept-report.ts'
import { outcomeMarkdown } from './outcome-table.ts'
import type { SettledOutcome } from './settled.ts'

/** A step's summary may have a mebibyte; more is not shown at all. */
const summaryCharactersMax = 900_000

/**
 * Tells GitHub Actions what came out: an annotation at the line of each failure, and the table in the summary of the step.
 * Does nothing elsewhere.
 */
export function tellGithub(
  result: AcceptResult,
  write: (text: string) => void,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): void {
  if (environment['GITHUB_ACTIONS'] !== 'true') return
  for (const line of githubAnnotations(result)) write(`${line}\n`)
  const path = environment['GITHUB_STEP_SUMMARY']
  if (path !== undefined && path !== '')
    appendFileSync(
      path,
      githubSummary(result, { folder: process.cwd(), environment }).slice(0, summaryCharactersMax),
    )
}

/** Workflow commands, one a line (docs.github.com, "Workflow commands for GitHub Actions"). */
export function githubAnnotations(result: AcceptResult): readonly string[] {
  return [
    ...result.outcomes.flatMap((outcome) => annotationOf(outcome) ?? []),
    ...result.errors.map((error) => `::error title=lockstep::${escapeData(error)}`),
  ]
}

const levels = { failed: 'error', inconclusive: 'warning', flaky: 'warning', known: 'notice' } as const

function annotationOf(outcome: SettledOutcome): string | null {
  if (outcome.outcome === 'passed' || outcome.outcome === 'skipped') return null
  const told = outcome.outcome === 'flaky' ? (outcome.earlier[0] ?? outcome) : outcome
  const text = told.errors.join('\n\n') || told.reason || 'it did not say why'
  // The last line of an error says where in the scenario it happened.
  const [, file = outcome.file, line = '1'] = /^at (.+):(\d+):\d+$/m.exec(text) ?? []
  const properties = {
    file,
    line,
    title: `${outcome.name}: ${outcome.outcome}`,
  }
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(value)}`)
  return `::${levels[outcome.outcome]} ${written.join(',')}::${escapeData(text)}`
}

export function githubSummary(result: AcceptResult, place: ArtefactPlace): string {
  const failures = result.outcomes.filter(({ outcome }) => outcome === 'failed' || outcome === 'inconclusive')
  return [
    '## lockstep accept',
    '',
    totalsText(result),
    '',
    outcomeMarkdown(result, place),
    '',
    ...failures.flatMap(({ name, errors }) => [
      `<details><summary>${name}</summary>`,
      '',
      // Longer than any run of them inside, so that nothing of a message is Markdown.
      ...fenced(errors.join('\n\n')),
      '</details>',
      '',
    ]),
  ].join('\n')
}

function fenced(text: string): readonly string[] {
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map(({ length }) => length))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}text`, text, fence]
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
