import { didYouMean } from '../../node/config/flags-nearest.ts'
import { marks } from '../events/marks.ts'

/** The scenario itself asks for what cannot be: nothing that the nodes do can make it pass. */
export class WrongScenario extends Error {
  override readonly name = 'WrongScenario'
  /** What was expected of the scenario, and what it says. */
  readonly wanted: string
  readonly said: string

  constructor(what: string, wanted: string, said: string) {
    super([what, '', `  expected   ${wanted}`, `  found      ${said}`].join('\n'))
    this.wanted = wanted
    this.said = said
  }
}

/** The marks that a body says by itself, as far as its text tells. */
const ownMarks = /\breached\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`$\n]+)`)\s*\)/g

/**
 * Refuses a mark that is a slip of the pen. One of the scenario's own may be anything, and may be said by a function that the
 * body calls: only what is near to a mark that there is, and is none itself, is certainly wrong.
 * @param body the text of the scenario's body.
 * @throws WrongScenario.
 */
export function checkMarks(expects: readonly string[], body: string): void {
  const own = [...body.matchAll(ownMarks)].map(([, one, two, three]) => one ?? two ?? three ?? '')
  const known = [...Object.keys(marks), ...own]
  for (const mark of expects) {
    if (known.includes(mark) || body.includes(mark)) continue
    const guess = didYouMean(mark, known)
    if (guess === '') continue
    throw new WrongScenario(
      `expects: there is no mark “${mark}”${guess}`,
      'a mark of harness/events/marks.ts, or one that the scenario says itself by reached(…)',
      `“${mark}”, which nothing can reach`,
    )
  }
}
