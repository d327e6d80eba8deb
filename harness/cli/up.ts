import { relative } from 'node:path'
import { defineCommand } from 'citty'
import { didYouMean } from '../../node/config/flags-nearest.ts'
import { slotsOf } from '../dsl/scenario-record.ts'
import type { WorldEvent } from '../events/event.ts'
import { watchInvariants } from '../invariants/monitor.ts'
import { transfersPerSecondMax } from '../load/transfers.ts'
import { runningFrom } from '../package/running-from.ts'
import { createProgress } from '../report/progress.ts'
import { topologies } from '../topologies.ts'
import { type System, startSystem } from '../world/live/system.ts'
import { requireRunsDirectory } from '../world/run-directory.ts'
import { readArguments } from './arguments.ts'
import { checkClients } from './check-clients.ts'
import { applyClientFlags, clientArguments } from './client-arguments.ts'
import { exitCode } from './exit-code.ts'
import { forkArguments, forkParameters } from './fork-arguments.ts'
import { beginInvocation, keepArgument } from './keep-argument.ts'
import { namedUrls, webUrl, wholeNumber } from './named-values.ts'
import { peerUrlsOf } from './peer-urls.ts'
import { createHeard } from './up-live.ts'
import { startUpSession } from './up-session.ts'
import { describeSystem, systemToJson } from './up-view.ts'
import { UsageError } from './usage-error.ts'

const defaultTopology = 'twoVerifiersFollowing'

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
    ...forkArguments,
    'tx-rate': {
      type: 'string',
      valueHint: 'N',
      default: '0',
      description: `Transfers a second on L2, at most ${transfersPerSecondMax}`,
    },
    'control-port': {
      type: 'string',
      valueHint: 'PORT',
      default: '0',
      description: 'Where the control API listens; 0 picks a free port',
    },
    ...clientArguments,
    keep: keepArgument,
    attach: {
      type: 'boolean',
      description:
        'Boot nothing: show live what runs already, read only, at --cl NAME=URL, --el NAME=URL and --l1 URL',
    },
    l1: { type: 'string', valueHint: 'URL', description: 'RPC of L1, with --attach' },
    json: {
      type: 'boolean',
      description: 'Print one JSON line instead of the table; with --attach, one for each event',
    },
  },
})

/** `lockstep up`: 0 after Ctrl-C, 1 when the devstack did not boot or failed. */
export async function up(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(upCommand, argv)
  if (parsed.help) return 0
  const { topology: name, json, l1 } = parsed.args
  if (parsed.args.attach === true) return await upAttached(parsed, l1, json === true)
  if (l1 !== undefined) throw new UsageError('--l1: expected --attach with it')
  const topology = topologies[name]
  if (topology === undefined)
    throw new UsageError(
      `--topology: expected one of ${Object.keys(topologies).join(', ')}, found ${name}${didYouMean(name, Object.keys(topologies))}`,
    )

  const flags = { cl: parsed.all('cl'), el: parsed.all('el'), at: parsed.all('cl-at') }
  const bin = { '--cl-bin': parsed.all('cl-bin'), '--el-bin': parsed.all('el-bin') }
  using _ = applyClientFlags({ ...flags, bin: bin['--cl-bin'], elBin: bin['--el-bin'] })
  await checkClients(
    [{ name, ...slotsOf(topology) }],
    { flags, bin },
    { programs: parsed.args.compose === undefined },
  )
  if (parsed.args.compose !== undefined) {
    if (runningFrom !== 'sources')
      throw new UsageError('--compose: the image is made of the sources: do it in a checkout')
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

  const txRate = wholeNumber('tx-rate', parsed.args['tx-rate'], transfersPerSecondMax, 0)
  const controlPort = wholeNumber('control-port', parsed.args['control-port'], 65_535, 0)
  const forks = forkParameters(topology.parameters, {
    forkAt: parsed.all('fork-at'),
    upgrade: parsed.all('upgrade'),
  })
  requireRunsDirectory()
  const keep = beginInvocation(parsed.args.keep)
  const asked = new AbortController()
  const onSignal = () => asked.abort(new Error('stopped'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal)
  let artefacts = ''
  const heard = createHeard()
  const announce = createAnnouncer()
  let system: System
  try {
    system = await startSystem({
      topology,
      parameters: forks,
      name: 'up',
      signal: asked.signal,
      handleSignals: false,
      onEvent(event) {
        heard.add(event)
        announce(event)
      },
      onDirectory: ({ path }) => {
        artefacts = relative(process.cwd(), path)
      },
    })
  } catch (error) {
    if (asked.signal.aborted) return 0
    const message = error instanceof Error ? error.message : String(error)
    const where = artefacts === '' ? '' : `artefacts: ${artefacts}\n`
    process.stderr.write(`lockstep up: ${message}\n${where}`)
    return 1
  }
  watchInvariants(system)
  await using session = await startUpSession({ system, heard, controlPort, txRate }).catch(async (error) => {
    await system.stop({ outcome: 'failed', message: String(error) })
    throw error
  })
  const view = { control: session.control, peerUrls: await peerUrlsOf(system.els.values()) }
  process.stdout.write(
    json === true
      ? `${JSON.stringify(systemToJson(system, view))}\n`
      : `${describeSystem(system, view, keep)}\n`,
  )
  if (json !== true && process.stdout.isTTY === true) session.watch(onSignal)
  await aborted(system.failed)
  await session[Symbol.asyncDispose]()
  const wanted = asked.signal.aborted
  const reason: unknown = system.failed.reason
  const message = reason instanceof Error ? reason.message : String(reason)
  await system.stop(wanted ? { outcome: 'stopped' } : { outcome: 'failed', message })
  if (wanted) return 0
  process.stderr.write(`lockstep up: ${message}\nartefacts: ${artefacts}\n`)
  return 1
}

/** @throws UsageError. */
async function upAttached(
  parsed: { all(name: string): readonly string[] },
  l1: string | undefined,
  json: boolean,
): Promise<number> {
  const [cls, els] = [namedUrls('cl', parsed.all('cl')), namedUrls('el', parsed.all('el'))]
  if (cls.length === 0) throw new UsageError('--attach: expected at least one --cl NAME=URL')
  const l1Url = l1 === undefined ? null : webUrl('--l1', l1)
  const asked = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => asked.abort(new Error('stopped')))
  const { attach } = await import('./up-attach.ts')
  await attach({ cls, els, l1Url, json, output: process.stdout, signal: asked.signal })
  return exitCode.passed
}

/** Says whom the boot waits for: the table comes when all is there. */
function createAnnouncer(): (event: WorldEvent) => void {
  const progress = createProgress()
  return (event) => {
    const line = progress.add(event)
    if (event.kind === 'component' && line !== null) process.stderr.write(`${line}\n`)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
