import { explainEvents } from '../explain/explain.ts'
import { explanationText } from '../explain/explanation-text.ts'
import type { KnownIncident } from './incidents.ts'
import type { RecordedIncident } from './record-simulated.ts'

/** How an incident was explained. */
export interface CheckedIncident {
  /** The class, and what else went on at that time. */
  readonly is: string
  readonly said: string
  /** What was expected in place of what was found; null when all is right, with and without a hint. */
  readonly wrong: string | null
  readonly text: string
}

/** How much later than what happens its first sign may be, in L1 blocks. */
const blocksAfter = 6
/** What an operator says who knows nothing else. */
const hint = 'follower'

/** Explains a recorded incident: without being told anything, and told that the follower is in trouble. */
export function checkIncident(incident: KnownIncident, recorded: RecordedIncident): CheckedIncident {
  const [named, hinted] = [explainEvents(recorded.events), explainEvents(recorded.events, { node: hint })]
  const is = nameOf(incident.class, incident.also)
  const span = expectedSpan(incident, recorded)
  const wrong = [named, hinted].flatMap((explanation, told) => {
    const { first } = explanation
    const found = { said: saidBy(explanation), node: first?.node, t: first?.t ?? Number.NaN }
    if (found.said === is && found.node === incident.node && found.t >= span.from && found.t <= span.to)
      return []
    return [
      `${told === 0 ? 'without' : 'with'} a hint: expected ${is}, first of ${incident.node} from ${span.from} to ${span.to}, found ${found.said}, first of ${found.node} at ${found.t}`,
    ]
  })
  return {
    ...{ is, said: saidBy(named), wrong: wrong.length === 0 ? null : wrong.join('\n') },
    text: explanationText(named),
  }
}

const nameOf = (name: string, also: readonly string[] = []) => [name, ...also].join(' + ')

function saidBy({ class: likely, also }: ReturnType<typeof explainEvents>): string {
  return nameOf(
    likely?.name ?? 'none',
    also.map(({ name }) => name),
  )
}

/** Between which times the first event has to be; Unix time in milliseconds. */
function expectedSpan(
  { begins, blocksBefore = 2 }: KnownIncident,
  { events, happenedMs }: RecordedIncident,
): { readonly from: number; readonly to: number } {
  const run = events.find((event) => event.kind === 'run')
  const blockMs = Number(run?.parameters['l1BlockTime']) * 1000
  const reached = events.find(
    (event) =>
      event.kind === 'head' &&
      event.node === 'reference' &&
      event.level === begins?.level &&
      event.block.number >= begins.number,
  )
  const t = begins === undefined ? happenedMs : (reached?.t ?? Number.NaN)
  return { from: t - blocksBefore * blockMs, to: t + blocksAfter * blockMs }
}
