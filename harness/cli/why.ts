import { defineCommand } from 'citty'
import { eachEvent } from '../events/reader.ts'
import { eventText } from '../incidents/questions/event-text.ts'
import {
  defaultEvent,
  type EventSurvey,
  eventNames,
  selectEvent,
  surveyEvents,
} from '../incidents/questions/select-event.ts'
import { foldWhy, type Why } from '../incidents/questions/why.ts'
import { formatTable } from '../report/table.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { plainText } from './plain-text.ts'
import { timelineFor } from './timeline-for.ts'
import { UsageError } from './usage-error.ts'

const whyCommand = defineCommand({
  meta: {
    name: 'why',
    description:
      'Say why something happened to a node, in a run or a recording: the L1 answer or the status of its source before it, the decision, the update of its engine, and what it published then, each with the number of its event.',
  },
  args: {
    run: {
      type: 'positional',
      required: false,
      description: 'A run or a recording; without it the newest run',
    },
    node: { type: 'string', required: true, valueHint: 'NAME', description: 'A consensus node' },
    event: {
      type: 'string',
      valueHint: 'WHAT#N',
      description: `The N-th of its kind (${eventNames.join(', ')}), or the number of an event. Default: the first head that goes back, else the first reset after the start, else what there is`,
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep why`. Exit code 0 when the event is there, 2 when it is not. */
export async function why(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(whyCommand, argv)
  if (parsed.help) return 0
  const { node, event: wanted, json } = parsed.args
  if (wanted !== undefined && selectEvent(node, wanted) === null)
    throw new UsageError(
      `--event: expected one of ${eventNames.join(', ')} with #N, or the number of an event, found ${JSON.stringify(wanted)}`,
    )
  const timeline = timelineFor(parsed.positionals[0] ?? 'latest')
  const counting = surveyEvents(node)
  for await (const event of eachEvent(timeline)) counting.add(event)
  const survey = counting.survey()
  const what = wanted ?? defaultEvent(survey)
  if (what === null) throw new UsageError(`--node: expected a node of ${timeline}, found nothing of ${node}`)
  const selector = selectEvent(node, what)!
  const fold = foldWhy(node, selector)
  for await (const event of eachEvent(timeline)) if (fold.add(event)) break
  const found = fold.why()
  if (found === null)
    throw new UsageError(
      `--event: expected ${what} of ${node}, found ${selector.count} of its kind; there is ${thereIs(survey)}`,
    )
  if (wanted === undefined && json !== true)
    process.stdout.write(`${what} of ${node}; --event names another: there is ${thereIs(survey)}\n`)
  process.stdout.write(json === true ? `${JSON.stringify(found)}\n` : plainText(whyText(found)))
  return exitCode.passed
}

/** What `--event` can name, with how many there are. */
function thereIs({ counts }: EventSurvey): string {
  const all = [...counts].map(([name, count]) => `${name}#1${count === 1 ? '' : ` to ${name}#${count}`}`)
  return all.length === 0 ? 'nothing' : all.join(', ')
}

function whyText({ target, from, links, fromMs }: Why): string {
  const at = (t: number) => `${((t - fromMs) / 1000).toFixed(2)} s`
  return `${[
    `${eventText(target, from)}, at ${at(target.t)}`,
    formatTable([
      ['event', 'time', 'part', 'what'],
      ...links.map(({ part, event, from: before }) => [
        ...[`#${event.seq}`, at(event.t), part, eventText(event, before)],
      ]),
    ]),
    ...(links.every(({ part }) => part === 'event' || part === 'effect')
      ? ['nothing before it tells a cause: the events have neither traffic nor logs of the node']
      : []),
  ].join('\n')}\n`
}
