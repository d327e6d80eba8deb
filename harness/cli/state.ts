import { defineCommand } from 'citty'
import type { WorldEvent } from '../events/event.ts'
import { eachEvent } from '../events/reader.ts'
import { eventText } from '../incidents/questions/event-text.ts'
import { foldNodeState, type NodeState } from '../incidents/questions/node-state.ts'
import { parseWhen } from '../incidents/questions/when.ts'
import { shortBlock } from '../report/model/message.ts'
import { formatTable } from '../report/table.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { plainText } from './plain-text.ts'
import { timelineFor } from './timeline-for.ts'
import { UsageError } from './usage-error.ts'

const stateCommand = defineCommand({
  meta: {
    name: 'state',
    description:
      'Say what a node was at a moment of a run or a recording: heads with origins and parents, its engine’s heads, what its source told it, peers, faults, and how old each of these is.',
  },
  args: {
    run: {
      type: 'positional',
      required: false,
      description: 'A run or a recording; without it the newest run',
    },
    node: { type: 'string', required: true, valueHint: 'NAME', description: 'A consensus node' },
    at: {
      type: 'string',
      default: 'end',
      valueHint: 'T',
      description: '41.5 or 1m30s since the beginning, ISO 8601, Unix time, or end',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep state`. Exit code 0 when something is known of the node, 2 when nothing is. */
export async function state(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(stateCommand, argv)
  if (parsed.help) return 0
  const { node, at, json } = parsed.args
  const when = parseWhen(at)
  if (when === null)
    throw new UsageError(
      `--at: expected seconds since the beginning, a time or end, found ${JSON.stringify(at)}`,
    )
  const fold = foldNodeState(node)
  let untilMs: number | null = null
  for await (const event of eachEvent(timelineFor(parsed.positionals[0] ?? 'latest'))) {
    untilMs ??= when(event.t)
    if (event.t > untilMs) break
    fold.add(event)
  }
  const found = fold.state()
  if (found === null)
    throw new UsageError(
      `--node: nothing is known of ${node} until then; there were ${[...fold.nodes].slice(0, 20).join(', ') || 'none'}`,
    )
  const t = untilMs === null || !Number.isFinite(untilMs) ? found.t : untilMs
  process.stdout.write(
    json === true ? `${JSON.stringify({ ...found, t })}\n` : plainText(stateText({ ...found, t })),
  )
  return exitCode.passed
}

function stateText(state: NodeState): string {
  const { node, t, fromMs, engine } = state
  const age = (event: WorldEvent) => `${((t - event.t) / 1000).toFixed(1)} s ago, #${event.seq}`
  const row = (what: string, text: string, event: WorldEvent | null) =>
    event === null ? [] : [[what, text, age(event)]]
  const of = (event: WorldEvent | null) => (event === null ? '' : eventText(event))
  const headRows = (heads: NodeState['heads'], prefix: string) =>
    heads.flatMap((head) => {
      const { block, origin } = head
      const parent = block.parent === undefined ? '' : ` on ${block.parent.slice(2, 6)}`
      const stands = origin === undefined ? '' : `, origin ${shortBlock(origin)}`
      return row(`${prefix}${head.level}`, `${shortBlock(block)}${parent}${stands}`, head)
    })
  const told = state.told?.heads === undefined ? row('no status', of(state.told), state.told) : []
  return `${[
    `${node} at ${((t - fromMs) / 1000).toFixed(1)} s, ${new Date(t).toISOString()}`,
    formatTable([
      ['what', 'value', 'since'],
      ...headRows(state.heads, ''),
      ...headRows(engine.heads, `${engine.name} `),
      ...row(`${engine.name} syncs`, String(engine.syncing?.response !== false), engine.syncing),
      ...row('told', of(state.toldHeads), state.toldHeads),
      ...told,
      ...row('update', of(state.update), state.update),
      ...row('last mark', state.mark?.mark ?? '', state.mark),
      ...row('process', state.component?.action ?? '', state.component),
      ...row(`${engine.name}`, engine.component?.action ?? '', engine.component),
      ...row('away', of(state.away), state.away),
      ...state.peers.flatMap((event) => row('peer', event.peer, event)),
      ...state.faults.flatMap((event) => row('fault', `${event.fault} on ${event.point}`, event)),
      ...row(
        'L1',
        state.l1 === null ? '' : `${shortBlock(state.l1.block)} after ${state.reorgs} reorgs`,
        state.l1,
      ),
    ]),
  ].join('\n')}\n`
}
