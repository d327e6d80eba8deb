import { bytesToHex, hexToBytes } from 'viem'
import { l1PollIntervalMs } from '../../../node/config/l1-poll-interval.ts'
import { createMemoryNetwork } from '../../../node/network/testing/memory-network.ts'
import { capabilitiesIn } from '../../clients/capabilities.ts'
import { lockstepNode } from '../../clients/lockstep-node.ts'
import { deriveMarks } from '../../events/derive-marks.ts'
import { timelineVersion } from '../../events/event.ts'
import { logLevelVariable, parseLogLevel } from '../../events/follow-logs.ts'
import { lockstepNodeFacts } from '../../events/lockstep-node-log.ts'
import { createEventStream } from '../../events/stream.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import { createNodePoint } from '../../faults/node-point.ts'
import { deriveAccounts } from '../../genesis/accounts.ts'
import { requiredUpgrades } from '../../genesis/upgrade-bundles.ts'
import type { EngineKind } from '../engine-kind.ts'
import { createGossip } from '../gossip-handle.ts'
import { createL1View } from '../l1-view.ts'
import { NotInThisWorld } from '../not-in-this-world.ts'
import { watchPeers } from '../peer-watch.ts'
import { createRandomStreams } from '../random-streams.ts'
import { startSequencing } from '../start-sequencing.ts'
import { startStatusStream } from '../status-stream.ts'
import { clientKinds, type Topology } from '../topology.ts'
import type { ClHandle, ElHandle, World, WorldEnd, WorldOptions } from '../world.ts'
import { createEventLogger } from './event-logger.ts'
import { createGuard, outside } from './guard.ts'
import { keepTimeline } from './kept-timeline.ts'
import { loadExecution } from './load-execution.ts'
import { drawNetwork, evenNetwork } from './rough-network.ts'
import { createSharedSigners } from './shared-signers.ts'
import { createSimBatcher } from './sim-batcher.ts'
import { simChainOf } from './sim-chain.ts'
import { createSimEngines } from './sim-engines.ts'
import { createSimL1 } from './sim-l1.ts'
import { createSimLinks } from './sim-links.ts'
import { createSimNode } from './sim-node.ts'
import { addressOf, connectPair, peerIdsOf } from './sim-peers.ts'
import { simPointsOf } from './sim-points.ts'
import { simSettings } from './sim-settings.ts'
import { createVirtualClock, type ScheduleStep } from './virtual-clock.ts'
import { whyNotSimulated } from './why-not.ts'

export interface SimWorldOptions extends WorldOptions {
  /** Called with each step of the schedule. */
  readonly onStep?: (step: ScheduleStep) => void
  /** How often the harness observes each node in the shorter block time. Default 4, as in the live world. */
  readonly observationsPerBlock?: number
  /** What the execution engines execute with. Default `real`. */
  readonly engine?: EngineKind
  /**
   * How calls pass between components while no fault stands on their link: as the text that live ones send, or as values,
   * which costs less and tells the same. Default `text`.
   */
  readonly wire?: 'text' | 'values'
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
const firstPeerPort = 41_000

/**
 * A world in this process and in virtual time: real nodes, engines and batcher over a network, an L1 and stores in memory.
 * @throws NotInThisWorld naming what the topology has that is not simulated.
 */
export async function startSimWorld(options: SimWorldOptions): Promise<World> {
  const { topology } = options
  const parameters = { ...topology.parameters, ...options.parameters }
  const why = whyNotSimulated(topology)
  if (why !== null) throw new NotInThisWorld(why)
  const settings = simSettings(process.env)
  const { startMs } = settings
  const seed = options.seed ?? settings.seed
  const stopped = new Set(options.stopped)
  const accounts = deriveAccounts()
  const genesisTime = BigInt(
    settings.genesisSeconds ?? Math.floor(startMs / 1000) - (parameters.genesisAge ?? 0),
  )
  const chain = await simChainOf(parameters, genesisTime)
  const { rollup } = chain
  const { observationsPerBlock = 4, engine: engineKind = 'real' } = options
  const l1BlockMs = parameters.l1BlockTime * 1000
  const l1PollMs =
    options.l1PollsPerBlock === undefined
      ? l1PollIntervalMs(Math.round(l1BlockMs / 8), rollup)
      : Math.round(l1BlockMs / options.l1PollsPerBlock)
  const execution = await chain.execution(engineKind)

  await loadExecution()

  const world = createVirtualClock({ startMs })
  if (options.onStep !== undefined) world.trace(options.onStep)
  const events = createEventStream(world)
  const { onEvent } = options
  if (onEvent !== undefined) events.subscribe((event) => outside(() => onEvent(event)))
  const { directory } = settings
  const timeline = directory === null ? null : keepTimeline(events, directory, `${options.name}-${seed}`)
  if (timeline !== null) options.onArtefacts?.(timeline.directory)
  const failure = new AbortController()
  const guard = createGuard((error) => failure.abort(error))
  const onAbort = () => failure.abort(options.signal?.reason)
  if (options.signal?.aborted === true) onAbort()
  options.signal?.addEventListener('abort', onAbort, { once: true })
  const onUnexpectedExit = (error: Error) => failure.abort(error)
  const random = createRandomStreams(seed)
  const network = options.roughNetwork === true ? drawNetwork(random) : evenNetwork
  const teardown = new AsyncDisposableStack()

  const ended = Promise.withResolvers<void>()
  const pumping = world.runUntil(ended.promise).catch((error: unknown) => {
    failure.abort(error)
    return 'stuck' as const
  })
  let ending: Promise<void> | null = null
  function stop(end: WorldEnd = { outcome: 'stopped' }): Promise<void> {
    ending ??= (async () => {
      if (!failure.signal.aborted) failure.abort(new Error('the world was stopped'))
      // Where time stands still for good nothing can be stopped, and there is nothing outside this process.
      await Promise.race([teardown.disposeAsync(), pumping])
      events.record({ kind: 'end', ...end, durationMs: world.nowMs() - startMs })
      events.end()
      ended.resolve()
      await pumping
      guard.end()
      outside(() => timeline?.write())
      options.signal?.removeEventListener('abort', onAbort)
    })()
    return ending
  }

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
  const context: FaultContext = { clock: world, events, random, nextId: () => ++faultsInstalled }
  const links = createSimLinks({ context, topology, network, wire: options.wire ?? 'text' })
  const observe = { world, events, onUnexpectedExit }

  try {
    guard.enter()
    const view = createL1View(rollup.genesis.l1)
    const l1 = await createSimL1({
      ...{ chain, parameters, view, clock: world, events, random: random('l1') },
      genesisTime,
      consumers: (consumer) => links.all.get(`${consumer}→l1`)?.point,
    })
    teardown.defer(() => l1.controller.stop())
    const l1Link = (consumer: string) => links.make(`${consumer}→l1`, () => l1.providerFor(consumer), 'l1')

    const signers = createSharedSigners()
    const { components: engines, handles: els } = createSimEngines({
      ...{ topology, execution, network, links, random, ...observe },
      chainConfigJson: chain.l2Genesis.config,
    })

    const peerIdOf = peerIdsOf()
    const gossip = createMemoryNetwork({
      ...{ clock: world, latencyMs: evenNetwork.delayMs(''), peerIdOf },
      path: (from, to) => (network.loses(`${from}→${to}`) ? null : network.delayMs(`${from}→${to}`)),
    })
    const names = Object.keys(topology.cls)
    const identities = new Map(
      names.map((name) => [name, bytesToHex(random(`identity of ${name}`).bytes(32))]),
    )
    const addresses = new Map(
      names.map((name, index) => [
        name,
        addressOf(peerIdOf(hexToBytes(identities.get(name)!)), firstPeerPort + index),
      ]),
    )
    const nodes = new Map<string, ReturnType<typeof createSimNode>>()
    const cls = new Map<string, ClHandle>()
    const upgrades = Object.fromEntries(requiredUpgrades(parameters))
    for (const [index, name] of names.entries()) {
      const spec = topology.cls[name]!
      const el = els.get(spec.el)!
      const { mode } = spec
      const peers = topology.gossip.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []))
      const node = createSimNode({
        ...{ name, spec, rollup, upgrades, ...observe, random: random(name) },
        l1PollMs,
        links: {
          l1: l1Link(name),
          engine: links.make(`${name}→${spec.el}(engine)`, engines.get(spec.el)!.provider),
          source:
            mode.kind === 'follow'
              ? links.make(`${name}→${mode.source}`, () => nodes.get(mode.source)?.provider() ?? null)
              : null,
        },
        p2p: {
          ...{
            port: firstPeerPort + index,
            identityKey: identities.get(name)!,
            open: gossip.open,
            signers,
          },
          sequencerKey: accounts.sequencer.privateKey,
          staticPeers: peers.map((peer) => addresses.get(peer)!),
        },
        logger: createEventLogger({
          ...{ component: name, events, level: parseLogLevel(process.env[logLevelVariable]) },
          factsOf: (line) => lockstepNodeFacts(name, line),
        }),
      })
      nodes.set(name, node)
      const rpc = links.straight(name, node.provider)
      const capabilities = new Set(capabilitiesIn(lockstepNode, spec))
      // Its registry counts for a server, by real time.
      capabilities.delete('metrics')
      cls.set(name, {
        ...{ name, spec, el, capabilities, rpc, polls: {}, deviates: new Map(), lifecycle: node.lifecycle },
        status: startStatusStream({
          ...{ node: name, rpc, events, clock: world },
          periodMs: observationPeriodMs(parameters, observationsPerBlock),
        }),
        gossip: createGossip(rpc, addresses, async (address) => address),
        metrics: async () => {
          throw new Error(`${name} has no metrics in a simulated world`)
        },
      })
    }
    const stopWatching = watchPeers({
      nodes: [...cls.values()].map(({ name, rpc }) => ({
        ...{ name, rpc, peerId: peerIdOf(hexToBytes(identities.get(name)!)) },
      })),
      ...{ periodMs: 4 * observationPeriodMs(parameters, observationsPerBlock), clock: world, events },
    })
    teardown.defer(stopWatching)
    for (const parts of [els, cls])
      teardown.defer(async () => {
        await Promise.all([...parts.values()].map(({ lifecycle }) => lifecycle.stop()))
      })
    teardown.defer(async () => {
      await Promise.all([...cls.values()].map(({ status }) => status.stop()))
    })

    if (!stopped.has('l1')) l1.controller.start()
    const absent = absentAtFirst(topology, stopped)
    const present = <T>(parts: ReadonlyMap<string, T>) =>
      [...parts].flatMap(([name, part]) => (absent.has(name) ? [] : [part]))
    await Promise.all([...present(els), ...present(cls)].map(({ lifecycle }) => lifecycle.start()))
    const together = (pairs: readonly (readonly [string, string])[]) =>
      pairs.filter((pair) => !pair.some((name) => absent.has(name)))
    await Promise.all(together(topology.elPeers).map(([a, b]) => connectPair(els, a, b)))
    for (const [a, b] of together(topology.gossip)) {
      const deadlineMs = world.nowMs() + meshMsMax
      while (!(await cls.get(a)!.gossip.connected()).has(b)) {
        failure.signal.throwIfAborted()
        if (world.nowMs() > deadlineMs) throw new Error(`${a} did not connect to ${b} within ${meshMsMax} ms`)
        await world.sleep(meshLookMs, failure.signal)
      }
    }

    const { batcher: batching } = topology
    const sequencerEl = batching === null ? undefined : topology.cls[batching.sequencer]?.el
    const batcher =
      batching === null || sequencerEl === undefined
        ? null
        : await createSimBatcher({
            ...{ rollup, accounts, events, parameters },
            pollsPerBlock: options.batcherPollsPerBlock ?? 4,
            clock: world.of('batcher'),
            l1: l1Link('batcher'),
            l2: links.make(`batcher→${sequencerEl}`, engines.get(sequencerEl)!.provider),
            node: links.make(`batcher→${batching.sequencer}`, nodes.get(batching.sequencer)!.provider),
            logger: createEventLogger({ component: 'batcher', events, level: 'warn' }),
          })
    if (batcher !== null) teardown.defer(() => batcher.close())
    await Promise.all([
      ...[...cls.values()]
        .filter(({ name, spec }) => spec.sequencer !== undefined && !stopped.has(name))
        .map((node) => startSequencing(node, world)),
      batcher !== null && !stopped.has('batcher') ? batcher.handle.start() : undefined,
    ])
    events.record({ kind: 'booted', durationMs: world.nowMs() - startMs })

    const pointOf = ({ name, lifecycle }: ClHandle | ElHandle, onStarted = async () => {}) =>
      createNodePoint({ ...context, name, lifecycle, onStarted })
    return {
      ...{ topology, parameters, rollup, accounts, clock: world, events, random, els, cls },
      l1: { controller: l1.controller, view, rpc: links.straight('l1', () => l1.providerFor('')) },
      batcher: batcher?.handle ?? null,
      points: simPointsOf([
        ...Array.from(links.all.values(), ({ point }) => point),
        ...Array.from(cls.values(), (node) => pointOf(node)),
        ...Array.from(els.values(), (el) => pointOf(el, () => el.connectPeers())),
      ]),
      artefacts: timeline?.directory ?? `seed ${seed} of the simulated world`,
      failed: failure.signal,
      fail: (error) => failure.abort(error),
      within: (work) => guard.within(work),
      stop,
    }
  } catch (error) {
    await stop({ outcome: 'failed', message: error instanceof Error ? error.message : String(error) })
    throw error
  }
}

/** As in the live world: a quarter of the shorter block time, unless told otherwise. */
export function observationPeriodMs(parameters: World['parameters'], perBlock = 4): number {
  return (Math.min(parameters.l1BlockTime, parameters.l2BlockTime) * 1000) / perBlock
}

/** A stopped node that builds no blocks does not run, and neither does its engine: the scenario starts both. */
function absentAtFirst({ cls }: Topology, stopped: ReadonlySet<string>): ReadonlySet<string> {
  const absent = Object.entries(cls).filter(
    ([name, { sequencer }]) => stopped.has(name) && sequencer === undefined,
  )
  return new Set(absent.flatMap(([name, { el }]) => [name, el]))
}
