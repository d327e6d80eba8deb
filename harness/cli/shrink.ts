import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { defineCommand } from 'citty'
import { readTimeline } from '../events/reader.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { bugHelp, chooseNode, type NodeChoice } from './node-choice.ts'
import { plainText } from './plain-text.ts'
import { timelineFor } from './timeline-for.ts'
import { UsageError } from './usage-error.ts'

const shrinkCommand = defineCommand({
  meta: {
    name: 'shrink',
    description: `Make a recording the smallest list of L1 reorgs, statuses of the source and faults that still shows it: run in a simulated world, recorded from outside, and explained like the recording. Prints it as a scenario that can be pasted, and writes it as a case that replay runs. See docs/incidents.md.

Exit code: 0 it shows the same, 1 it does not (all that happened is printed then), 2 wrong usage or no recording.`,
  },
  args: {
    run: { type: 'positional', required: true, description: 'A recording or a run, as for explain' },
    node: {
      type: 'string',
      valueHint: 'NAME',
      description: 'The follower in question; default: the one that explain names',
    },
    bug: {
      type: 'string',
      valueHint: 'NAME',
      description: `The follower of the simulated world has that bug and must fail for the same reason; without it our node follows, and only what happened around it is kept. ${bugHelp}`,
    },
    out: {
      type: 'string',
      valueHint: 'DIR',
      description: 'Where the case is written; default: beside the recording',
    },
    seed: { type: 'string', default: '1', valueHint: 'S', description: 'Of the simulated world' },
    json: { type: 'boolean', description: 'Print one JSON object in place of the scenario' },
  },
})

/** `lockstep shrink`. What imports the node is loaded when it is known with which rule broken. */
export async function shrink(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(shrinkCommand, argv)
  if (parsed.help) return 0
  const { run, node, bug, out, seed, json } = parsed.args
  const choice = await chooseNode(bug)
  const timeline = timelineFor(run)
  const events = await readTimeline(timeline)
  const { shrinkRecording } = await import('../incidents/shrink/shrink-recording.ts')
  const { ReplayError } = await import('../incidents/replay/replay-error.ts')
  const { formatCase } = await import('../cases/case.ts')
  const { printScenario } = await import('../cases/print-scenario.ts')
  if (choice.kind === 'mutant') choice.applied()
  const shrunk = await shrinkRecording(events, {
    ...{ name: nameOf(timeline), node, seed, ...who(choice) },
    onProgress: (line) => process.stderr.write(`${line}\n`),
  }).catch((error: unknown) => {
    throw error instanceof ReplayError ? new UsageError(`${timeline}: ${error.message}`) : error
  })
  const { case: one, deeds, wanted, whole } = shrunk
  const directory = out ?? dirname(timeline)
  mkdirSync(directory, { recursive: true })
  const file = join(directory, `${one.name}.json`)
  writeFileSync(file, formatCase(one))
  const same = wanted !== null && whole?.reason === wanted.reason
  if (json === true) process.stdout.write(`${JSON.stringify({ ...shrunk, file, same })}\n`)
  else
    process.stdout.write(
      `// ${same ? `${wanted.reason}, with ${choice.title}: ${one.deeds.length} of ${deeds} deeds are the reason.` : whyNot(wanted, whole, choice.title)}\n${plainText(printScenario(one))}\n// lockstep replay ${file}\n`,
    )
  return same ? exitCode.passed : exitCode.failed
}

function who(choice: NodeChoice) {
  if (choice.kind === 'bug') return { bug: choice.name }
  return choice.kind === 'mutant' ? { mutant: choice.name } : {}
}

interface Shown {
  readonly reason: string
}

function whyNot(wanted: Shown | null, whole: Shown | null, title: string): string {
  if (wanted === null)
    return 'The recording shows nothing that could be shown again: this is all that happened.'
  return `Not shrunk: the recording is ${wanted.reason}, and with ${title} what happened is ${whole?.reason ?? 'nothing that is known'}: this is all of it. Name the bug of its follower with --bug.`
}

/** Of a case and of a file: what a directory may be called and a case may not is left out. */
function nameOf(timeline: string): string {
  const name = basename(dirname(timeline))
    .replaceAll(/[^\w-]+/g, '-')
    .slice(0, 80)
  return /\w/.test(name) ? name : 'incident'
}
