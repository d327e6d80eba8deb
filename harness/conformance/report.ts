import { relative } from 'node:path'
import { styleText } from 'node:util'
import { wrap } from '../report/wrap.ts'
import type { ClRole } from '../world/role.ts'
import { type ClaimVerdict, countVerdicts, type Verdict } from './verdict.ts'

export interface ReportOptions {
  /** How the client is called: its kind, or its program. */
  readonly name: string
  readonly role: ClRole
  readonly verdicts: readonly ClaimVerdict[]
  /** The invariants that it was not held to, each with the link to why: a pass says nothing of them. */
  readonly waived: ReadonlyMap<string, string>
  /** The command that asks again. */
  readonly again: string
  /** What paths are relative to. */
  readonly directory: string
  readonly columns: number
  readonly colour: boolean
}

const words = {
  pass: { text: 'pass', style: 'green' },
  fail: { text: 'FAIL', style: 'red' },
  inconclusive: { text: 'unclear', style: 'yellow' },
  skipped: { text: 'skipped', style: 'dim' },
  deviates: { text: 'known', style: 'yellow' },
} as const satisfies Record<Verdict, { text: string; style: string }>

const verdictWidth = 9
/** A failure may hold a log; the evidence holds all of it. */
const linesMax = 8

/** The verdicts of one role for a terminal: every claim, and in the end what an operator wants to know. */
export function reportText(options: ReportOptions): string {
  const { name, role, verdicts } = options
  return [
    `${name} as ${role}`,
    '',
    ...verdicts.flatMap((verdict) => claimLines(verdict, options)),
    '',
    ...summaryLines(options),
    '',
  ].join('\n')
}

function claimLines(verdict: ClaimVerdict, { directory, columns, colour }: ReportOptions): readonly string[] {
  const { claim, why, expected, found, step, evidence, link, control } = verdict
  const { text, style } = words[verdict.verdict]
  const mark = text.padEnd(verdictWidth)
  const head = `${colour ? styleText(style, mark, { validateStream: false }) : mark}${claim.id}`
  const details =
    verdict.verdict === 'pass' && why === null
      ? []
      : Object.entries({ why: found?.startsWith(why ?? '\n') ? null : why, expected, found, step, link })
  const where =
    details.length === 0
      ? []
      : ([
          ['control', control === null ? null : `our own node ${control} the same scenario`],
          ['scenario', claim.scenario],
          ['evidence', evidence === null ? null : relative(directory, evidence)],
        ] as const)
  return [
    head,
    ...wrap(claim.sentence, { columns, indent: ' '.repeat(verdictWidth) }),
    ...[...details, ...where].flatMap(([field, value]) =>
      value === null || value === '' ? [] : fieldLines(field, value, columns),
    ),
  ]
}

function fieldLines(field: string, value: string, columns: number): readonly string[] {
  const indent = ' '.repeat(verdictWidth + 10)
  const lines = value.split('\n').flatMap((line) => wrap(line, { columns, indent }))
  const shown = lines.length <= linesMax ? lines : [...lines.slice(0, linesMax), `${indent}…`]
  return shown.map((line, index) =>
    index === 0 ? `${' '.repeat(verdictWidth)}${field.padEnd(10)}${line.trimStart()}` : line,
  )
}

/** Five lines: may it run, what breaks, what is known, what nobody can say, and where to go on. */
function summaryLines(options: ReportOptions): readonly string[] {
  const { name, role, verdicts, waived, again, directory, columns, colour } = options
  const counts = countVerdicts(verdicts)
  const of = (wanted: Verdict) => verdicts.filter(({ verdict }) => verdict === wanted)
  const [conformant, style] = judgement(counts)
  const firstFailure = [...of('fail'), ...of('inconclusive')].find(({ evidence }) => evidence !== null)
  const said = colour ? styleText([style, 'bold'], conformant, { validateStream: false }) : conformant
  const lines: readonly (readonly [string, string])[] = [
    [
      'breaks',
      list(
        of('fail').map(({ claim }) => claim.risk),
        'nothing that was tried',
      ),
    ],
    [
      'known',
      list(
        [
          ...new Set(of('deviates').map(({ why, link }) => `${why} (${link})`)),
          ...[...waived].map(([invariant, link]) => `not held to ${invariant} (${link})`),
        ],
        'no deviation showed',
      ),
    ],
    [
      'unknown',
      list(
        [...of('inconclusive'), ...of('skipped')].map(({ claim, why }) => `${claim.id} (${why})`),
        'every claim was judged',
      ),
    ],
    [
      'go on',
      `${firstFailure?.evidence ? `${relative(directory, firstFailure.evidence)}/timeline.ndjson; ` : ''}${again}`,
    ],
  ]
  const verdict = `${name} as ${role}: ${conformant}, ${counts.pass} of ${verdicts.length} claims pass, ${counts.fail} fail`
  return [
    ...wrap(verdict, { columns, indent: '' }).map((line) => line.replace(conformant, said)),
    ...lines.flatMap(([field, value]) => {
      const wrapped = wrap(value, { columns, indent: ' '.repeat(verdictWidth) })
      return wrapped.map((line, index) =>
        index === 0 ? `${field.padEnd(verdictWidth)}${line.trimStart()}` : line,
      )
    }),
  ]
}

function judgement({
  pass,
  fail,
  inconclusive,
}: Readonly<Record<Verdict, number>>): readonly [string, 'red' | 'yellow' | 'green'] {
  if (fail > 0) return ['NOT CONFORMANT', 'red']
  if (inconclusive > 0 || pass === 0) return ['NOT PROVEN', 'yellow']
  return ['CONFORMANT', 'green']
}

function list(items: readonly string[], none: string): string {
  return items.length === 0 ? none : items.join('; ')
}

/** The verdicts for a program. */
export function reportJson({ name, role, verdicts, waived, directory }: ReportOptions): object {
  return {
    ...{ client: name, role, ...countVerdicts(verdicts) },
    notHeldTo: [...waived].map(([invariant, link]) => ({ invariant, link })),
    claims: verdicts.map(({ claim, evidence, durationMs, ...verdict }) => ({
      id: claim.id,
      ...verdict,
      ...{ sentence: claim.sentence, reference: claim.reference, risk: claim.risk, scenario: claim.scenario },
      evidence: evidence === null ? null : relative(directory, evidence),
      durationMs: Math.round(durationMs),
    })),
  }
}
