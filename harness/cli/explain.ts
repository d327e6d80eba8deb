import { defineCommand } from 'citty'
import { eachEvent } from '../events/reader.ts'
import { explainStream } from '../incidents/explain/explain.ts'
import { explanationText } from '../incidents/explain/explanation-text.ts'
import { readArguments } from './arguments.ts'
import { plainText } from './plain-text.ts'
import { timelineFor } from './timeline-for.ts'

const explainCommand = defineCommand({
  meta: {
    name: 'explain',
    description:
      'Say what went wrong first in a run or a recording, by whom, and its likely class with the evidence. A run is a directory, a timeline.ndjson, or a part of a name in .lockstep/runs; without one the newest. See docs/incidents.md.',
  },
  args: {
    run: { type: 'positional', required: false, description: 'A run or a recording' },
    node: {
      type: 'string',
      valueHint: 'NAME',
      description: 'The node that is said to be in trouble: what is about others alone is less likely then',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep explain`. Exit code 0 when it could be read, whatever it says. */
export async function explain(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(explainCommand, argv)
  if (parsed.help) return 0
  const { node } = parsed.args
  const explanation = await explainStream(eachEvent(timelineFor(parsed.positionals[0] ?? 'latest')), { node })
  process.stdout.write(
    parsed.args.json === true ? `${JSON.stringify(explanation)}\n` : plainText(explanationText(explanation)),
  )
  return 0
}
