import { relative } from 'node:path'
import { defineCommand } from 'citty'
import { nearest } from '../../node/config/flags-nearest.ts'
import type { WorldEvent } from '../events/event.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import { createLiveArea } from '../report/live-area.ts'
import { nodeTable } from '../report/node-table.ts'
import { createProgress } from '../report/progress.ts'
import { topologies } from '../topologies.ts'
import { type System, startSystem } from '../world/live/system.ts'
import { readArguments } from './arguments.ts'
import { applyClientFlags, clientArguments } from './client-arguments.ts'
import { beginInvocation, keepArgument } from './keep-argument.ts'
import { describeSystem, systemToJson } from './up-view.ts'
import { UsageError } from './usage-error.ts'

const defaultTopology = 'twoVerifiersFollowing'
const refreshMs = 500

const upCommand = defineCommand({
  meta: {
    name: 'up',
    description:
      'Boot a devstack, print its endpoints, accounts and files, and keep it running until Ctrl-C.',
  },
  args: {
    topology: {
      type: 'string',
      valueHint: 'NAME',
      default: defaultTopology,
      description: `One of ${Object.keys(topologies).join(', ')}`,
    },
    compose: {
      type: 'string',
      valueHint: 'FILE',
      description: 'Write the topology as a Compose file, with its chain in a folder beside it, and stop',
    },
    ...clientArguments,
    keep: keepArgument,
    json: { type: 'boolean', description: 'Print one JSON line instead of the table' },
  },
})

/** `lockstep up`: 0 after Ctrl-C, 1 when the devstack did not boot or failed. */
export async function up(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(upCommand, argv)
  if (parsed.help) return 0
  const { topology: name, json } = parsed.args
  const topology = topologies[name]
  if (topology === undefined)
    throw new UsageError(
      `--topology: expected one of ${Object.keys(topologies).join(', ')}, found ${name}; did you mean ${nearest(name, Object.keys(topologies))}?`,
    )

  using _ = applyClientFlags({
    ...{ cl: parsed.all('cl'), el: parsed.all('el') },
    at: parsed.all('cl-at'),
    bin: [...parsed.all('cl-bin'), ...parsed.all('el-bin')],
  })
  if (parsed.args.compose !== undefined) {
    const { writeCompose } = await import('../compose/write-compose.ts')
    const { projectImage } = await import('../drivers/docker/project-image.ts')
    const folder = await writeCompose(parsed.args.compose, topology, {
      image: await projectImage(),
      nowMs: Date.now(),
    })
    process.stdout.write(
      `wrote ${parsed.args.compose}, and its chain into ${relative(process.cwd(), folder)}\n`,
    )
    return 0
  }

  const keep = beginInvocation(parsed.args.keep)
  const asked = new AbortController()
  const onSignal = () => asked.abort(new Error('stopped'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  let artefacts = ''
  let system: System
  try {
    system = await startSystem({
      topology,
      name: 'up',
      signal: asked.signal,
      handleSignals: false,
      // The table comes when all is there; what is waited for must be said before.
      onEvent: createAnnouncer(),
      onDirectory: ({ path }) => {
        artefacts = relative(process.cwd(), path)
      },
    })
  } catch (error) {
    if (asked.signal.aborted) return 0
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`lockstep up: ${message}\nartefacts: ${artefacts}\n`)
    return 1
  }
  watchInvariants(system)
  process.stdout.write(
    json === true ? `${JSON.stringify(systemToJson(system))}\n` : `${describeSystem(system, keep)}\n`,
  )

  const endLiveHeads = json !== true && process.stdout.isTTY === true ? showHeads(system) : () => {}
  await aborted(system.failed)
  endLiveHeads()
  const wanted = asked.signal.aborted
  const reason: unknown = system.failed.reason
  const message = reason instanceof Error ? reason.message : String(reason)
  await system.stop(wanted ? { outcome: 'stopped' } : { outcome: 'failed', message })
  if (wanted) return 0
  process.stderr.write(`lockstep up: ${message}\nartefacts: ${artefacts}\n`)
  return 1
}

/** Says whom the boot waits for. */
function createAnnouncer(): (event: WorldEvent) => void {
  const progress = createProgress()
  return (event) => {
    const line = progress.add(event)
    if (event.kind === 'component' && line !== null) process.stderr.write(`${line}\n`)
  }
}

/** Draws every node's heads until the returned function is called. */
function showHeads(system: System): () => void {
  const area = createLiveArea(process.stdout)
  const draw = () => {
    const streams = [...system.cls.values()].map(({ status }) => status)
    area.show(['', `L1 head ${system.l1.view.head.number}`, ...nodeTable(streams, Date.now()).split('\n')])
  }
  const timer = setInterval(draw, refreshMs)
  draw()
  return () => {
    clearInterval(timer)
    area.clear()
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
