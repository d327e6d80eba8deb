import { l1PollIntervalMs } from '../../../node/config/l1-poll-interval.ts'
import { deriveMarks } from '../../events/derive-marks.ts'
import { timelineVersion } from '../../events/event.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import { createNodePoint } from '../../faults/node-point.ts'
import { createFaultPoints } from '../../faults/point-group.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import type { EngineKind } from '../engine-kind.ts'
import { createL1View } from '../l1-view.ts'
import { NotInThisWorld } from '../not-in-this-world.ts'
import { observationPeriodMs } from '../observation-period.ts'
import { startSequencing } from '../start-sequencing.ts'
import { clientKinds, type Topology } from '../topology.ts'
import type { ClHandle, ElHandle, World, WorldOptions } from '../world.ts'
import { createEventLogger } from './event-logger.ts'
import { loadExecution } from './load-execution.ts'
import { drawNetwork, evenNetwork } from './rough-network.ts'
import { createSimBatcher } from './sim-batcher.ts'
import { simChainOf } from './sim-chain.ts'
import { createSimEngines } from './sim-engines.ts'
import { startSimHostilePeers } from './sim-hostile-peers.ts'
import { createSimL1 } from './sim-l1.ts'
import { createSimLinks } from './sim-links.ts'
import { createSimNodes } from './sim-nodes.ts'
import { connectPair } from './sim-peers.ts'
import { type SimRun, type SimRunOptions, startSimRun } from './sim-run.ts'
import { type SimSettings, simSettings } from './sim-settings.ts'
import { whyNotSimulated } from './why-not.ts'

export interface SimWorldOptions extends WorldOptions, Pick<SimRunOptions, 'onStep'> {
  /** How often the harness observes each node in the shorter block time. Default 4, as in the live world. */
  readonly observationsPerBlock?: number
  /** What the execution engines execute with. Default `real`. */
  readonly engine?: EngineKind
  /**
   * How often a node asks L1 for its head in an L1 block's time. Default: 8, but at least 4 in an L2 block's time, as in
   * the live world.
   */
  readonly l1PollsPerBlock?: number
  /** How often the batcher looks in the shorter block time. Default 4, as in the live world. */
  readonly batcherPollsPerBlock?: number
}

const meshMsMax = 30_000
const meshLookMs = 25

/**
 * A world in this process and in virtual time: real nodes, engines and batcher over a network, an L1 and stores in memory.
 * @throws NotInThisWorld naming what the topology has that is not simulated.
 */
export async function startSimWorld(options: SimWorldOptions): Promise<World> {
  const { topology } = options
  const why = whyNotSimulated(topology)
  if (why !== null) throw new NotInThisWorld(why)
  const settings = simSettings(process.env)
  const { startMs } = settings
  const seed = options.seed ?? settings.seed
  const accounts = deriveAccounts()
  const { parameters, genesisTime, chain, execution } = await beginningOf(options, settings)
  const { rollup } = chain

  const run = startSimRun({ ...options, ...settings, seed })
  const { clock, events, random, teardown } = run
  const onUnexpectedExit = run.fail
  events.record({
    kind: 'run',
    version: timelineVersion,
    runId: `sim-${seed}`,
    scenario: options.name,
    topology: topology.name,
    clients: clientKinds(topology),
    runnerPid: 0,
    startedAt: new Date(startMs).toISOString(),
    parameters: JSON.parse(
      JSON.stringify({ ...parameters, upgrades: undefined, seed }, (_, value) =>
        typeof value === 'bigint' ? Number(value) : value,
      ),
    ),
  })
  teardown.defer(deriveMarks(events, rollup.genesis.l2))

  let faultsInstalled = 0
  const context: FaultContext = { clock, events, random, nextId: () => ++faultsInstalled }
  const network = options.roughNetwork === true ? drawNetwork(random) : evenNetwork
  const links = createSimLinks({
    context,
    topology,
    network,
    wire: options.callsAsText === true ? 'text' : 'values',
  })

  try {
    run.guard.enter()
    const view = createL1View(rollup.genesis.l1)
    const l1 = await createSimL1({
      ...{ chain, parameters, view, clock, events, random: random('l1'), genesisTime },
      consumers: (consumer) =>
        [`${consumer}→l1`, `${consumer}→beacon`].flatMap((name) => links.all.get(name)?.point ?? []),
    })
    teardown.defer(() => l1.controller.stop())
    const l1Link = (consumer: string) => links.make(`${consumer}→l1`, () => l1.providerFor(consumer), 'l1')
    const beaconLink = (consumer: string) => {
      const beacon = l1.beaconFor(consumer)
      return links.make(`${consumer}→beacon`, () => beacon, 'l1')
    }
    const engines = createSimEngines({
      ...{
        topology,
        execution,
        network,
        links,
        random,
        faults: context,
        world: clock,
        events,
        onUnexpectedExit,
      },
      chainConfigJson: chain.l2Genesis.config,
    })
    const nodes = createSimNodes({
      ...{ run, topology, parameters, rollup, accounts, engines, links, network, faults: context },
      ...{ l1Link, beaconLink, onUnexpectedExit },
      l1PollMs: l1PollMsOf(options, parameters, rollup),
      observationMs: observationPeriodMs(parameters, options.observationsPerBlock),
    })
    const els = engines.handles
    const cls = nodes.handles
    for (const parts of [els, cls])
      teardown.defer(async () => {
        await Promise.all([...parts.values()].map(({ lifecycle }) => lifecycle.stop()))
      })
    teardown.defer(() => nodes.stopObserving())

    const stopped = new Set(options.stopped)
    if (!stopped.has('l1')) l1.controller.start()
    await startPresent(run, topology, { els, cls }, absentAtFirst(topology, stopped))

    const { batcher: batching } = topology
    const sequencerEl = batching === null ? undefined : topology.cls[batching.sequencer]?.el
    const batcher =
      batching === null || sequencerEl === undefined
        ? null
        : await createSimBatcher({
            ...{ rollup, accounts, events, parameters },
            pollsPerBlock: options.batcherPollsPerBlock ?? 4,
            dataAvailability: batching.dataAvailability ?? 'calldata',
            clock: clock.of('batcher'),
            l1: l1Link('batcher'),
            l2: links.make(`batcher→${sequencerEl}`, engines.components.get(sequencerEl)!.provider),
            node: links.make(`batcher→${batching.sequencer}`, () => nodes.provider(batching.sequencer)),
            logger: createEventLogger({ component: 'batcher', events, level: 'warn' }),
          })
    if (batcher !== null) teardown.defer(() => batcher.close())
    const hostile = await startSimHostilePeers({
      ...{ ...context, clock, topology, rollup, accounts, gossip: nodes.gossip },
    })
    teardown.defer(async () => void (await Promise.all(hostile.map((peer) => peer.stop()))))
    const bootInMs = (settings.bootedMs ?? 0) - clock.nowMs()
    if (bootInMs > 0) await clock.sleep(bootInMs, run.failed)
    await Promise.all([
      ...[...cls.values()]
        .filter(({ name, spec }) => spec.sequencer !== undefined && !stopped.has(name))
        .map((node) => startSequencing(node, clock)),
      batcher !== null && !stopped.has('batcher') ? batcher.handle.start() : undefined,
    ])
    events.record({ kind: 'booted', durationMs: clock.nowMs() - startMs })

    const pointOf = ({ name, lifecycle }: ClHandle | ElHandle, onStarted = async () => {}) =>
      createNodePoint({ ...context, name, lifecycle, onStarted })
    return {
      ...{ topology, parameters, rollup, accounts, clock, events, random, els, cls },
      l1: { controller: l1.controller, view, rpc: links.straight('l1', () => l1.providerFor('')) },
      batcher: batcher?.handle ?? null,
      points: createFaultPoints(
        [
          ...[...links.all.values(), ...hostile].map(({ point }) => point),
          ...[...nodes.peerPoints, ...engines.peerPoints],
          ...Array.from(cls.values(), (node) => pointOf(node)),
          ...Array.from(els.values(), (el) => pointOf(el, () => el.connectPeers())),
        ],
        new Map([
          ['gossip', nodes.peerPoints],
          ['el-peers', engines.peerPoints],
        ]),
      ),
      artefacts: run.artefacts,
      failed: run.failed,
      fail: run.fail,
      within: (work) => run.guard.within(work),
      stop: run.stop,
    }
  } catch (error) {
    await run.stop({ outcome: 'failed', message: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

/**
 * Makes what such a world begins with, which this process keeps for all of them, and loads what execution needs. What cannot
 * be made is told by the world that would begin with it.
 */
export async function prepareSimWorld(
  options: Pick<SimWorldOptions, 'topology' | 'parameters'>,
): Promise<void> {
  if (whyNotSimulated(options.topology) !== null) return
  try {
    await beginningOf(options, simSettings(process.env))
  } catch {}
}

async function beginningOf(
  options: Pick<SimWorldOptions, 'topology' | 'parameters' | 'engine'>,
  { genesisSeconds, startMs }: SimSettings,
) {
  const parameters = { ...options.topology.parameters, ...options.parameters }
  const genesisTime = BigInt(genesisSeconds ?? Math.floor(startMs / 1000) - (parameters.genesisAge ?? 0))
  const chain = await simChainOf(parameters, genesisTime)
  const execution = await chain.execution(options.engine ?? 'real')
  await Promise.all([chain.l1Execution(), loadExecution()])
  return { parameters, genesisTime, chain, execution }
}

function l1PollMsOf(
  { l1PollsPerBlock }: SimWorldOptions,
  { l1BlockTime }: World['parameters'],
  rollup: World['rollup'],
): number {
  const l1BlockMs = l1BlockTime * 1000
  return l1PollsPerBlock === undefined
    ? l1PollIntervalMs(Math.round(l1BlockMs / 8), rollup)
    : Math.round(l1BlockMs / l1PollsPerBlock)
}

/** Starts engines and nodes but for the absent ones, and waits until those that shall know each other do. */
async function startPresent(
  { clock, failed }: Pick<SimRun, 'clock' | 'failed'>,
  topology: Topology,
  { els, cls }: Pick<World, 'els' | 'cls'>,
  absent: ReadonlySet<string>,
): Promise<void> {
  const present = <T>(parts: ReadonlyMap<string, T>) =>
    [...parts].flatMap(([name, part]) => (absent.has(name) ? [] : [part]))
  const together = (pairs: readonly (readonly [string, string])[]) =>
    pairs.filter((pair) => !pair.some((name) => absent.has(name)))
  await Promise.all([...present(els), ...present(cls)].map(({ lifecycle }) => lifecycle.start()))
  await Promise.all(together(topology.elPeers).map(([a, b]) => connectPair(els, a, b)))
  for (const [a, b] of together(topology.gossip)) {
    const deadlineMs = clock.nowMs() + meshMsMax
    while (!(await cls.get(a)!.gossip.connected()).has(b)) {
      failed.throwIfAborted()
      if (clock.nowMs() > deadlineMs) throw new Error(`${a} did not connect to ${b} within ${meshMsMax} ms`)
      await clock.sleep(meshLookMs, failed)
    }
  }
}

/** A stopped node that builds no blocks does not run, and neither does its engine: the scenario starts both. */
function absentAtFirst({ cls }: Topology, stopped: ReadonlySet<string>): ReadonlySet<string> {
  const absent = Object.entries(cls).filter(
    ([name, { sequencer }]) => stopped.has(name) && sequencer === undefined,
  )
  return new Set(absent.flatMap(([name, { el }]) => [name, el]))
}
