import { randomBytes } from 'node:crypto'
import { relative } from 'node:path'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { clientsFromEnvironment } from '../../clients/load-clients.ts'
import { openLogFile } from '../../drivers/log-file.ts'
import {
  type DriverChoice,
  driverVariable,
  hostedComponents,
  parseDriverChoice,
} from '../../drivers/placement.ts'
import { timelineVersion } from '../../events/event.ts'
import { writeEvents } from '../../events/file.ts'
import { bodiesVariable, recordTraffic } from '../../events/record-traffic.ts'
import { createEventStream } from '../../events/stream.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import { type Accounts, deriveAccounts } from '../../genesis/accounts.ts'
import { generateChain } from '../../genesis/generate.ts'
import { requiredUpgrades } from '../../genesis/upgrade-bundles.ts'
import { type Link, startLink } from '../../links/link.ts'
import type { PeerLink } from '../../links/peer-link.ts'
import type { ComponentError } from '../component-error.ts'
import { invocationOf, pruneRuns } from '../kept-runs.ts'
import { createL1View } from '../l1-view.ts'
import { createRandomStreams } from '../random-streams.ts'
import { createRunDirectory, type RunDirectory, runsDirectory } from '../run-directory.ts'
import { startSequencing } from '../start-sequencing.ts'
import { clientKinds, type PeerPair, type Topology } from '../topology.ts'
import type { World, WorldEnd, WorldOptions } from '../world.ts'
import { createBatcher, type OwnedBatcher } from './batcher-component.ts'
import type { BootContext } from './boot-context.ts'
import { type ChainFiles, writeChainFiles } from './chain-files.ts'
import type { ClComponent, ElComponent, L1Component } from './components.ts'
import { createNodes } from './consensus-nodes.ts'
import { startDrivers } from './drivers.ts'
import { allocateEndpoints, localTargets, planLinks } from './endpoints.ts'
import { connectEngines, createEngines } from './execution-engines.ts'
import { liveFaultPoints } from './fault-points.ts'
import { waitForGossipMesh } from './gossip.ts'
import { startHostilePeers } from './hostile-peers.ts'
import { inOrder } from './in-order.ts'
import { startL1Component } from './l1-component.ts'
import { startObservers } from './observers.ts'
import { startPeerLinks } from './peer-links.ts'
import { createPortAllocator } from './ports.ts'
import { endOrphans, openRegistry } from './registry.ts'
import { allDone, firstFailure } from './settling.ts'
import { stopWithProcess } from './shutdown.ts'

/** A devstack of programs that run: a world, and where everything of it is. */
export interface System extends World {
  readonly directory: RunDirectory
  readonly files: ChainFiles
  readonly l1: L1Component
  readonly els: ReadonlyMap<string, ElComponent>
  readonly cls: ReadonlyMap<string, ClComponent>
  /** By name, for example `follower→reference`. */
  readonly links: ReadonlyMap<string, Link>
  /** From the call of `startSystem` to its return. */
  readonly bootMs: number
}

export interface StartSystemOptions extends Omit<WorldOptions, 'onArtefacts' | 'roughNetwork'> {
  /** Default: what `LOCKSTEP_DRIVER` says, or `auto`. */
  readonly driver?: DriverChoice
  /** Where run directories are made. Default: `.lockstep/runs`. */
  readonly runsRoot?: string
  readonly clock?: Clock
  /** Called as soon as the run has a directory, long before it has booted. */
  readonly onDirectory?: (directory: RunDirectory) => void
  /** Stop in order when this process gets a signal, which then ends it. Default true; false when the caller does that. */
  readonly handleSignals?: boolean
}

/** The seed of another run, to have its randomness again. It is among the parameters in the first line of a timeline. */
const seedVariable = 'LOCKSTEP_SEED'
const l1RpcTimeoutMs = 10_000

/**
 * Boots a devstack: L1, engines and nodes at the same time, then the meshes, then block production. What earlier
 * runners left behind is ended first.
 * @throws ComponentError with the component's last log lines, after everything that ran already was stopped.
 */
export async function startSystem(options: StartSystemOptions): Promise<System> {
  const clock = options.clock ?? createSystemClock()
  const startedMs = clock.nowMs()
  const root = options.runsRoot ?? runsDirectory()
  const clients = await clientsFromEnvironment()
  const topology = clients.choose(options.topology)
  const parameters = { ...topology.parameters, ...options.parameters }
  const stopped = new Set(options.stopped)
  const seed = options.seed ?? process.env[seedVariable] ?? randomBytes(8).toString('hex')

  const orphans = await endOrphans(root)
  const { invocation, keep } = invocationOf(process.env)
  pruneRuns(root, invocation, keep)
  const directory = createRunDirectory({
    root,
    name: options.name,
    nowMs: startedMs,
    suffix: randomBytes(2).toString('hex'),
    invocation,
  })
  options.onDirectory?.(directory)
  const registry = openRegistry(directory.path, directory.runId)
  const events = createEventStream(clock)
  const failure = new AbortController()
  // A run whose events are lost explains nothing: it ends.
  const onFailure = (error: unknown) => failure.abort(error)
  const file = writeEvents(events, directory.timelinePath, { onFailure })
  if (options.onEvent !== undefined) events.subscribe(options.onEvent)
  const teardown = new AsyncDisposableStack()
  let ending: Promise<void> | null = null

  function stop(end: WorldEnd = { outcome: 'stopped' }): Promise<void> {
    ending ??= (async () => {
      events.record({ kind: 'teardown' })
      if (!failure.signal.aborted) failure.abort(new Error('the devstack was stopped'))
      await inOrder([
        () => teardown.disposeAsync(),
        () => {
          events.record({ kind: 'end', ...end, durationMs: clock.nowMs() - startedMs })
          events.end()
        },
        () => file.close(),
        () => directory.finish(end.outcome),
        () => registry.close(),
        untie,
        () => options.signal?.removeEventListener('abort', onAbort),
      ])
    })()
    return ending
  }
  const untie = stopWithProcess({
    stop,
    killAll: () => registry.killAll(),
    handleSignals: options.handleSignals ?? true,
  })
  const onAbort = () => failure.abort(options.signal?.reason)
  if (options.signal?.aborted === true) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })

  try {
    events.record({
      kind: 'run',
      version: timelineVersion,
      runId: directory.runId,
      scenario: options.name,
      topology: topology.name,
      clients: clientKinds(topology),
      runnerPid: process.pid,
      startedAt: new Date(startedMs).toISOString(),
      // Upgrade bundles are large, and are in files of the run.
      parameters: JSON.parse(
        JSON.stringify({ ...parameters, upgrades: undefined, seed }, (_, value) =>
          typeof value === 'bigint' ? Number(value) : value,
        ),
      ),
    })
    for (const { name, pid, runId } of orphans)
      events.record({
        kind: 'note',
        component: name,
        message: `ended process ${pid}, left by run ${runId}`,
      })

    const choice = options.driver ?? parseDriverChoice(process.env[driverVariable] ?? 'auto')
    const attached = clients.attached(topology)
    const hosted = hostedComponents(topology, {
      choice,
      ownProcess: options.ownProcess ?? [],
    })
    const onUnexpectedExit = (error: ComponentError) => failure.abort(error)
    // First of all: it loads its modules while the chain is generated.
    const drivers = await startDrivers({
      ...{ directory, registry, events, hosted, onUnexpectedExit, clock },
      attached: new Set(attached.keys()),
      docker:
        choice === 'docker' ? { image: clients.image, kinds: Object.values(clientKinds(topology)) } : null,
      commands: [
        ...(Object.keys(topology.els).some((name) => hosted.has(name)) ? (['el'] as const) : []),
        ...(Object.keys(topology.cls).some((name) => hosted.has(name)) ? (['node'] as const) : []),
      ],
    })
    teardown.defer(() => drivers.stop())

    const accounts = deriveAccounts()
    const genesisTimestamp = BigInt(Math.floor(startedMs / 1000) - (parameters.genesisAge ?? 0))
    const chain = await generateChain(parameters, accounts, genesisTimestamp)
    const nodes = Object.keys(topology.cls)
    const files = writeChainFiles(directory, chain, accounts, nodes, requiredUpgrades(parameters))
    const ports = createPortAllocator({ slot: nextPortSlot() })
    teardown.defer(async () => ports.close())
    const endpoints = await allocateEndpoints(topology, ports, attached)
    registry.addPorts(ports.allocated)

    const random = createRandomStreams(seed)
    let faultsInstalled = 0
    const faultContext: FaultContext = { clock, events, random, nextId: () => ++faultsInstalled }
    const links = new Map<string, Link>()
    const peerLinks = new Map<string, PeerLink>()
    teardown.defer(() => allDone([...links.values(), ...peerLinks.values()].map((link) => link.close())))
    await Promise.all([
      startPeerLinks(topology, endpoints, faultContext, peerLinks),
      ...planLinks(topology, localTargets(endpoints)).map(async (plan) => {
        links.set(plan.name, await startLink({ ...faultContext, ...plan }))
      }),
    ])

    const traffic = recordTraffic(events, topology, process.env[bodiesVariable])
    for (const link of links.values()) link.tap(traffic(link.name))

    const context: BootContext = {
      ...{
        topology,
        parameters,
        directory,
        registry,
        events,
        clock,
        drivers,
        files,
        endpoints,
        ports,
        links,
      },
      ...{ peerLinks, clients, onUnexpectedExit, inContainers: choice === 'docker' },
    }
    const l1Log = openLogFile(directory.logPath('l1'), () => clock.nowMs())
    teardown.defer(() => l1Log.close())
    const l1View = createL1View(chain.rollup.genesis.l1)
    const els = createEngines(context)
    const cls = createNodes(context, els)
    // They end last: what components say while they stop counts too.
    for (const end of startObservers(context, cls, chain.rollup.genesis.l2))
      teardown.defer(async () => void (await end()))

    const boots: Promise<unknown>[] = []
    const boot = <T>(starting: Promise<T>, end: (started: T) => Promise<unknown>): Promise<T> => {
      boots.push(starting)
      // Whatever is still starting when another part has failed is stopped as soon as it has started.
      teardown.defer(async () => void (await starting.then(end, () => {})))
      return starting
    }
    const l1Starting = boot(
      startL1Component(context, {
        genesis: { hash: chain.rollup.genesis.l1.hash, timestamp: genesisTimestamp },
        ...{ view: l1View, log: l1Log },
      }).then((l1): L1Component => {
        if (!stopped.has('l1')) l1.controller.start()
        return { ...l1, view: l1View, rpc: createHttpRpcClient({ url: l1.url, timeoutMs: l1RpcTimeoutMs }) }
      }),
      (l1) => l1.stop(),
    )
    // Whoever runs what was attached ends it.
    const stopAll = (components: ReadonlyMap<string, ElComponent | ClComponent>) =>
      allDone(
        [...components.values()].flatMap(({ lifecycle }) =>
          lifecycle.can.has('stop') ? lifecycle.stop() : [],
        ),
      )
    teardown.defer(() => stopAll(els))
    teardown.defer(() => stopAll(cls))
    teardown.defer(() => allDone([...cls.values()].map(({ status }) => status.stop())))
    // It asks L1 alone where it is: long before a node serves.
    const batcherStarting = boot(
      l1Starting.then(() => bootBatcher(context, cls, accounts, chain.rollup)),
      async (batcher) => batcher?.close(),
    )
    const absent = absentAtFirst(topology, stopped)
    const startAll = (components: ReadonlyMap<string, ElComponent | ClComponent>) =>
      Promise.all(
        [...components].map(([name, { lifecycle }]) => (absent.has(name) ? null : lifecycle.start())),
      )
    const present = (pairs: readonly PeerPair[]) =>
      pairs.filter((pair) => !pair.some((name) => absent.has(name)))
    const elsStarting = startAll(els).then(() => connectEngines(els, present(topology.elPeers)))
    const clsStarting = startAll(cls).then(() => waitForGossipMesh(cls, present(topology.gossip), clock))
    await firstFailure([...boots, elsStarting, clsStarting], failure.signal)

    const [l1, batcher] = [await l1Starting, await batcherStarting]
    const hostile = await startHostilePeers(
      { ...context, ...faultContext },
      { config: chain.rollup, accounts },
    )
    teardown.defer(() => allDone(hostile.map((peer) => peer.stop())))
    await Promise.all([
      ...[...cls.values()]
        .filter(({ name, spec }) => spec.sequencer !== undefined && !stopped.has(name))
        .map((node) => startSequencing(node, clock)),
      batcher !== null && !stopped.has('batcher') ? batcher.handle.start() : undefined,
    ])

    const bootMs = clock.nowMs() - startedMs
    events.record({ kind: 'booted', durationMs: bootMs })
    return {
      ...{ topology, parameters, directory, files, rollup: chain.rollup, accounts, clock, events },
      ...{ l1, els, cls, links, batcher: batcher?.handle ?? null },
      random,
      points: liveFaultPoints({ ...faultContext, topology, links, peerLinks, els, cls, hostile }),
      artefacts: relative(process.cwd(), directory.path) || '.',
      bootMs,
      failed: failure.signal,
      fail: (error) => failure.abort(error),
      within: (work) => work(),
      stop,
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    await stop({ outcome: 'failed', message })
    throw error
  }
}

/** A stopped node that builds no blocks does not run, and neither does its engine: the scenario starts both. */
function absentAtFirst({ cls }: Topology, stopped: ReadonlySet<string>): ReadonlySet<string> {
  const absent = Object.entries(cls).filter(
    ([name, { sequencer }]) => stopped.has(name) && sequencer === undefined,
  )
  return new Set(absent.flatMap(([name, { el }]) => [name, el]))
}

async function bootBatcher(
  context: BootContext,
  cls: ReadonlyMap<string, ClComponent>,
  accounts: Accounts,
  rollup: RollupConfig,
): Promise<OwnedBatcher | null> {
  const { batcher } = context.topology
  const sequencer = batcher === null ? undefined : cls.get(batcher.sequencer)
  return sequencer === undefined ? null : createBatcher(context, { sequencer, accounts, rollup })
}

let systemsStarted = 0

/** Process ids of runners that start together are neighbours; systems of one runner are kept apart by a prime. */
function nextPortSlot(): number {
  return process.pid + 31 * systemsStarted++
}
