import { recordingTopology } from '../../incidents/record/recording-topology.ts'
import type { RunIndex } from './run-index.ts'

/** What broke, in the words of the run itself. */
export interface Verdict {
  readonly outcome: 'passed' | 'failed' | 'inconclusive' | 'stopped' | 'unfinished'
  /** One line: what was being done. */
  readonly what: string
  readonly expected: string | null
  readonly found: string | null
  /** The fields of the failure text that have no place of their own: time, step, before. */
  readonly facts: readonly (readonly [name: string, text: string])[]
  /** The invariant that was violated first. */
  readonly invariant: string | null
  /** The wait that failed first. */
  readonly wait: string | null
  readonly command: string
  readonly seed: string | null
  /** The moment that a reader wants to see first, in Unix milliseconds. */
  readonly atMs: number
}

const fieldPattern = /^ {0,2}(expected|found|time|step|before|missing|reproduce|artefacts) {2,}(\S.*)$/
const continuation = /^ {11,13}(\S.*)$/

/** Reads the verdict out of the events. */
export function verdictOf(index: RunIndex): Verdict {
  const { end, run } = index
  const text = end?.message ?? ''
  const fields = readFields(text)
  const [violation] = index.violations
  const failed = index.waits.find((span) => span.end === 'failed')
  // A violation ends every wait: what fails after it is a consequence.
  const isCause = violation === undefined || (failed?.to ?? 0) < violation.t
  const wait = isCause ? failed : undefined
  const take = (name: string) => fields.find(([field]) => field === name)?.[1] ?? null
  const found = take('found') ?? take('missing') ?? violation?.message ?? null
  return {
    outcome: end?.outcome ?? 'unfinished',
    what: text.split('\n', 1)[0] || whatOf(index),
    expected: take('expected'),
    found,
    facts: fields.filter(([name]) => name === 'time' || name === 'step' || name === 'before'),
    invariant: violation === undefined ? null : `${violation.invariant} on ${violation.node}`,
    wait: wait?.name ?? null,
    command: take('reproduce') ?? `npx lockstep accept ${run?.scenario ?? ''}`.trim(),
    seed: typeof run?.parameters['seed'] === 'string' ? run.parameters['seed'] : null,
    atMs: momentOf(index),
  }
}

function whatOf({ end, run, waits, steps }: RunIndex): string {
  // A replay has no scenario: nobody claimed anything.
  if (end?.outcome === 'passed' && run?.topology === recordingTopology)
    return 'The node broke no rule in this replay of a recording.'
  if (end?.outcome === 'passed') return 'Everything that the scenario claims was seen.'
  if (end !== null) return 'The run was ended.'
  const last = waits.findLast(({ to }) => to === null) ?? steps.findLast(({ to }) => to === null)
  return `The stream has no end: the run goes on, or its runner was killed${last === undefined ? '' : ` during “${last.name}”`}.`
}

/**
 * Where to look first: the first violation, else the first wait or step that failed, else where the scenario ended, else the
 * last head.
 */
function momentOf(index: RunIndex): number {
  const failed = (spans: readonly { end: string | null; to: number | null }[]) =>
    spans.find(({ end }) => end === 'failed')?.to
  const { end } = index
  const first = index.violations[0]?.t ?? failed(index.waits) ?? failed(index.steps) ?? null
  if (first !== null) return first
  if (end === null) return index.to
  if (end.outcome !== 'passed' && index.teardown !== null) return index.teardown.t
  const lastHead = Math.max(
    ...[...index.heads.values()].flatMap((levels) =>
      [...levels.values()].map((track) => track.at(-1)?.t ?? 0),
    ),
    index.bootedAt ?? index.from,
  )
  return Math.min(lastHead, index.to)
}

/** The named fields of a failure's text. A line that continues one is indented as deep as its value. */
function readFields(text: string): readonly (readonly [string, string])[] {
  const fields: [string, string][] = []
  let last: [string, string] | null = null
  for (const line of text.split('\n')) {
    const field = fieldPattern.exec(line)
    const more = continuation.exec(line)
    if (field !== null) {
      last = [field[1] ?? '', field[2] ?? '']
      fields.push(last)
    } else if (more !== null && last !== null) last[1] += `\n${more[1]}`
    else last = null
  }
  return fields
}
