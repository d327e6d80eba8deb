import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { defineCommand } from 'citty'
import { readTimeline } from '../events/reader.ts'
import { readArguments } from './arguments.ts'
import { clientArguments } from './client-arguments.ts'
import { engineOf } from './engine-argument.ts'
import { exitCode } from './exit-code.ts'
import type { LiveReplayFlags } from './live-replay.ts'
import { positive } from './named-values.ts'
import { bugHelp, chooseNode, type NodeChoice } from './node-choice.ts'
import { plainText } from './plain-text.ts'
import { timelineFor } from './timeline-for.ts'
import { UsageError } from './usage-error.ts'

const description = `Run a case again (the file that a campaign or shrink wrote, or one of fixtures/incidents: the same run, byte for byte), or drive a node by a recording: its L1, its source, its peers and its engine do at the recorded times of a virtual clock what was recorded of them. See docs/incidents.md.

Exit code: 0 nothing is violated, 1 something is, 2 wrong usage, or neither a case nor a recording.`

const replayCommand = defineCommand({
  meta: { name: 'replay', description },
  args: {
    file: {
      type: 'positional',
      required: true,
      description: 'A case (.json); or a recording or a run, as for explain',
    },
    node: {
      type: 'string',
      valueHint: 'NAME',
      description: 'Of a recording: who is replayed; default: the follower that explain names',
    },
    bug: {
      type: 'string',
      valueHint: 'NAME',
      description: `Drive another node in place of ours. ${bugHelp}`,
    },
    out: {
      type: 'string',
      valueHint: 'DIR',
      description:
        'Of a recording: write the replay there, recorded and replayed heads side by side, for lockstep report',
    },
    engine: {
      type: 'string',
      valueHint: 'KIND',
      description:
        'Of a case: what the engines execute with, model or real; default: what the case says, which is real when it says nothing',
    },
    world: {
      type: 'string',
      default: 'sim',
      valueHint: 'sim|live',
      description:
        'In virtual time, or live: a case in a devstack of real programs; a recording with a real process that finds the recorded L1, source and engine on loopback ports',
    },
    cl: {
      type: 'string',
      valueHint: 'ROLE=KIND',
      description:
        'With --world live: the client under test, such as follower=op-node; of a case, of any slot, and several times; default: ours',
    },
    'cl-bin': clientArguments['cl-bin'],
    speed: {
      type: 'string',
      valueHint: 'N',
      description: 'Of a recording, with --world live: its times pass so many times as fast; default 1',
    },
    shrink: {
      type: 'boolean',
      description: 'Of a case: make it as small as it can be for the same reason, and print it',
    },
    scenario: {
      type: 'boolean',
      description: 'Of a case: print it as a scenario that can be pasted, and stop',
    },
    trace: {
      type: 'string',
      valueHint: 'FILE',
      description:
        'Of a case: write what happened in the simulated world, a line for each event and each timer, in their order',
    },
    against: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Of a case: compare with such a trace, name the first difference, and exit with 1 for one',
    },
    json: {
      type: 'boolean',
      description:
        'Print the outcome as one JSON object, and with --shrink another one with the smallest case',
    },
  },
})

/** `lockstep replay`. What imports the node is loaded when it is known with which rule broken. */
export async function replay(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(replayCommand, argv)
  if (parsed.help) return 0
  const { file, shrink, scenario, json, node, bug, out, world, speed, engine, trace, against } = parsed.args
  const [cl, bin] = [parsed.all('cl'), parsed.all('cl-bin')]
  const isLive = world === 'live'
  if (!isLive && world !== 'sim') throw new UsageError(`--world: expected sim or live, found ${world}`)
  if (!isLive && (cl.length > 0 || bin.length > 0 || speed !== undefined))
    throw new UsageError('--cl, --cl-bin and --speed: expected --world live with them')
  if (isLive && bug !== undefined)
    throw new UsageError(
      '--bug: expected no bug with --world live, which drives a process as it is; --cl-bin puts a client with the bug there',
    )
  const choice = await chooseNode(bug)
  if (isCase(file)) {
    if (node !== undefined || out !== undefined || speed !== undefined)
      throw new UsageError('--node, --out and --speed: expected a recording with them, found a case')
    if (isLive) {
      if ([shrink, scenario, engine, trace, against].some((flag) => flag !== undefined && flag !== false))
        throw new UsageError(
          '--shrink, --scenario, --engine, --trace and --against: expected no --world live with them',
        )
      const { replayCaseLive } = await import('./replay-case-live.ts')
      return replayCaseLive(readCaseText(file), file, { cl, bin, json: json === true })
    }
    if (choice.kind === 'bug')
      throw new UsageError(
        '--bug: a case is of our node: expected a mutant, found a follower that only a recording can drive',
      )
    const { replayCase } = await import('./replay-case.ts')
    const given = {
      ...{ shrink: shrink === true, scenario: scenario === true, json: json === true },
      ...(engine === undefined ? {} : { engine: engineOf(engine) }),
      ...{ trace: trace ?? null, against: against ?? null },
    }
    const code = await replayCase(readCaseText(file), file, given)
    if (choice.kind === 'mutant') choice.applied()
    return code
  }
  if ([shrink, scenario, engine, trace, against].some((flag) => flag !== undefined && flag !== false))
    throw new UsageError(
      '--shrink, --scenario, --engine, --trace and --against: expected a case with them; lockstep shrink shrinks a recording',
    )
  const timeline = timelineFor(file)
  const live = isLive ? { cl, bin, speed: positive('speed', speed ?? '1') } : null
  return replayOf(timeline, { node, choice, live, out, json: json === true })
}

async function replayOf(
  timeline: string,
  options: {
    readonly node: string | undefined
    readonly choice: NodeChoice
    readonly live: LiveReplayFlags | null
    readonly out: string | undefined
    readonly json: boolean
  },
): Promise<number> {
  const { choice, live, out, json } = options
  const events = await readTimeline(timeline)
  const { replayRecording } = await import('../incidents/replay/replay-recording.ts')
  const { ReplayError } = await import('../incidents/replay/replay-error.ts')
  const { nodeFactory } = await import('../incidents/replay/node-under-test.ts')
  const { liveReplay } = await import('./live-replay.ts')
  const { replayText, replayJson } = await import('../incidents/replay/replay-text.ts')
  if (choice.kind === 'mutant') choice.applied()
  const driven =
    live === null
      ? { create: nodeFactory(choice.kind === 'bug' ? choice.name : null), title: choice.title }
      : await liveReplay(live)
  const replayed = await replayRecording(events, { node: options.node, ...driven }).catch(
    (error: unknown) => {
      throw error instanceof ReplayError ? new UsageError(`${timeline}: ${error.message}`) : error
    },
  )
  if (out !== undefined) {
    mkdirSync(out, { recursive: true })
    const lines = replayed.events.map((event) => `${JSON.stringify(event)}\n`)
    writeFileSync(join(out, 'timeline.ndjson'), lines.join(''))
  }
  process.stdout.write(
    json
      ? `${JSON.stringify({ ...replayJson(replayed), driven: driven.title, out: out ?? null })}\n`
      : `${plainText(replayText(replayed, driven.title))}${out === undefined ? '' : `lockstep report ${out}\n`}`,
  )
  return replayed.verdict.replayed === null && replayed.ended === null ? exitCode.passed : exitCode.failed
}

function isCase(file: string): boolean {
  return file.endsWith('.json') && statSync(file, { throwIfNoEntry: false })?.isDirectory() !== true
}

function readCaseText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${error instanceof Error ? error.message : error}`)
  }
}
