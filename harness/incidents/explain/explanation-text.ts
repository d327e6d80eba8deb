import type { Explanation, JudgedClass } from './explanation.ts'
import type { Failure } from './failure.ts'

/** More findings are counted. */
const findingsShown = 5

/** The explanation for a terminal. */
export function explanationText(explanation: Explanation): string {
  const { findings, first, from, unknown, also } = explanation
  const at = (t: number) => `${((t - from) / 1000).toFixed(1)} s`
  const [violated] = findings
  const named = new Set([explanation.class, ...also].map((one) => one?.name))
  const others = explanation.classes.filter(({ name, score }) => !named.has(name) && score > 0).slice(0, 3)
  const verdict =
    explanation.class?.name ??
    (violated === undefined ? 'nothing was seen to be wrong' : 'no known class fits')
  const lines = [
    ...(explanation.failure === null ? [] : failureLines(explanation.run, explanation.failure, at)),
    `${explanation.failure === null ? `${explanation.run}: ` : 'why: '}${[verdict, ...also.map(({ name }) => name)].join(', and at the same time ')}${unknown.length > 0 && explanation.class === null ? ', as far as is known (see below)' : ''}`,
    ...(explanation.class === null ? [] : classLines(explanation.class)),
    ...also.flatMap((one) => [
      `and ${one.name}${one.first === null ? '' : `, from ${at(one.first.t)}`}`,
      ...classLines(one),
    ]),
    '',
    first === null ? 'first event: none' : `first event: ${at(first.t)}  ${first.node}: ${first.what}`,
    violated === undefined
      ? 'first violation: none'
      : `first violation: ${at(violated.t)}  ${violated.node}: ${violated.rule}: ${violated.what}`,
    ...findings
      .slice(1, findingsShown)
      .map(({ t, node, rule, what }) => `           then: ${at(t)}  ${node}: ${rule}: ${what}`),
    ...(findings.length > findingsShown
      ? [`           and ${findings.length - findingsShown} more (--json)`]
      : []),
    '',
    ...explanation.story,
    ...(others.length === 0
      ? []
      : [
          '',
          ...others.map(
            ({ name, score, against, followsFrom }) =>
              `${followsFrom === null ? 'less likely' : `follows from ${followsFrom}`}: ${name} (${score})${against[0] === undefined ? '' : `: ${against[0].text}`}`,
          ),
        ]),
    ...(unknown.length === 0 ? [] : ['', ...unknown.map((text) => `not known: ${text}`)]),
  ]
  return `${lines.join('\n')}\n`
}

/** What failed comes before why it did. */
function failureLines(run: string, failure: Failure, at: (t: number) => string): readonly string[] {
  const field = (name: string, text: string | null) =>
    text === null ? [] : [`  ${name}  ${text.split('\n').slice(0, 3).join('; ')}`]
  return [
    `${run} failed, at ${at(failure.t)}: ${failure.what}`,
    ...field('expected', failure.expected),
    ...field('found   ', failure.found),
  ]
}

function classLines(one: JudgedClass): readonly string[] {
  return [
    `  ${one.title}`,
    ...one.for.map(({ text }) => `  + ${text}`),
    ...one.against.map(({ text }) => `  − ${text}`),
    `  next: ${one.next}`,
  ]
}
