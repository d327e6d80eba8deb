import { bytesToHex } from 'viem'
import { createMemoryNetwork, type MemoryNetwork } from '../../../node/network/testing/memory-network.ts'
import { capabilitiesIn } from '../../clients/capabilities.ts'
import { lockstepNode } from '../../clients/lockstep-node.ts'
import { logLevelVariable, parseLogLevel } from '../../events/follow-logs.ts'
import { lockstepNodeFacts } from '../../events/lockstep-node-log.ts'
import type { FaultPoint } from '../../faults/fault-point.ts'
import type { FaultContext } from '../../faults/fault-stand.ts'
import type { Accounts } from '../../genesis/accounts.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { requiredUpgrades } from '../../genesis/upgrade-bundles.ts'
import { hostileIdentity } from '../../hostile/hostile-peer.ts'
import { createGossip } from '../gossip-handle.ts'
import { hostilePairs } from '../hostile-pairs.ts'
import { watchPeers } from '../peer-watch.ts'
import { startStatusStream } from '../status-stream.ts'
import type { Topology } from '../topology.ts'
import type { ClHandle } from '../world.ts'
import type { SimComponentOptions } from './component.ts'
import { createEventLogger } from './event-logger.ts'
import type { MemoryLink } from './memory-link.ts'
import { createMemoryPeerLinks } from './memory-peer-links.ts'
import type { Provider } from './provider.ts'
import { evenNetwork, type Network } from './rough-network.ts'
import { createSharedSigners } from './shared-signers.ts'
import type { SimChain } from './sim-chain.ts'
import type { SimEngines } from './sim-engines.ts'
import type { SimGossip } from './sim-hostile-peers.ts'
import type { SimLinks } from './sim-links.ts'
import { createSimNode } from './sim-node.ts'
import { addressOf, peerIdOf } from './sim-peers.ts'
import type { SimRun } from './sim-run.ts'

export interface SimNodesOptions extends Pick<SimComponentOptions, 'onUnexpectedExit'> {
  readonly run: Pick<SimRun, 'clock' | 'events' | 'random'>
  readonly topology: Pick<Topology, 'cls' | 'gossip' | 'hostile'>
  readonly parameters: ChainParameters
  readonly rollup: SimChain['rollup']
  readonly accounts: Pick<Accounts, 'sequencer'>
  readonly engines: SimEngines
  readonly links: SimLinks
  readonly network: Network
  readonly faults: FaultContext
  /** A consumer's link to L1. */
  readonly l1Link: (consumer: string) => MemoryLink
  readonly beaconLink: (consumer: string) => MemoryLink
  /** How often a node asks L1 for its head. */
  readonly l1PollMs: number
  /** How often the harness observes each of them. */
  readonly observationMs: number
}

/** The consensus nodes of a simulated world by name, and what the harness does with them. */
export interface SimNodes {
  readonly handles: ReadonlyMap<string, ClHandle>
  readonly gossip: SimGossip
  /** Null while it does not run. */
  provider(name: string): Provider | null
  /** Of their connections with each other. */
  readonly peerPoints: readonly FaultPoint[]
  /** Ends the observation; the nodes have their own lives. */
  stopObserving(): Promise<void>
}

const firstPeerPort = 41_000

/** All of them exist afterwards and are observed; none runs. */
export function createSimNodes(options: SimNodesOptions): SimNodes {
  const { run, topology, parameters, rollup, engines, links, network, onUnexpectedExit } = options
  const { clock, events, random } = run
  const signers = createSharedSigners()
  const peers = Object.keys(topology.cls).map((name, index) => {
    const key = random(`identity of ${name}`).bytes(32)
    const [id, port] = [peerIdOf(key), firstPeerPort + index]
    return { name, id, identityKey: bytesToHex(key), port, address: addressOf(id, port) }
  })
  const addresses = new Map(peers.map(({ name, address }) => [name, address]))
  const hostile = Object.keys(topology.hostile ?? {}).map((name) => ({
    ...{ name, id: peerIdOf(hostileIdentity(name)) },
  }))
  const ids = new Map([...peers, ...hostile].map(({ name, id }) => [name, id]))
  const names = new Map([...ids].map(([name, id]) => [id, name]))
  const nameOf = (id: string) => names.get(id) ?? id
  const gossip: MemoryNetwork = createMemoryNetwork({
    ...{ clock, latencyMs: evenNetwork.delayMs(''), peerIdOf },
    path(from, to) {
      const lateMs = peerLinks.lateMs(nameOf(from), nameOf(to))
      return lateMs === null || network.loses(`${from}→${to}`)
        ? null
        : network.delayMs(`${from}→${to}`) + lateMs
    },
    admits: (from, to) => peerLinks.admits(nameOf(from), nameOf(to)),
  })
  const peerLinks = createMemoryPeerLinks({
    ...{ ...options.faults, carrier: 'gossip' },
    pairs: [...topology.gossip, ...hostilePairs(topology)],
    sever: (a, b) => gossip.sever(ids.get(a) ?? a, ids.get(b) ?? b),
  })
  const upgrades = Object.fromEntries(requiredUpgrades(parameters))

  const nodes = new Map<string, ReturnType<typeof createSimNode>>()
  const provider = (name: string) => nodes.get(name)?.provider() ?? null
  const handles = new Map<string, ClHandle>()
  for (const { name, identityKey, port } of peers) {
    const spec = topology.cls[name]!
    const { mode, el } = spec
    const staticPeers = topology.gossip.flatMap(([a, b]) => (a === name ? [b] : b === name ? [a] : []))
    const node = createSimNode({
      ...{ name, spec, rollup, upgrades, world: clock, events, onUnexpectedExit, random: random(name) },
      l1PollMs: options.l1PollMs,
      links: {
        l1: options.l1Link(name),
        beacon: options.beaconLink(name),
        engine: links.make(`${name}→${el}(engine)`, engines.components.get(el)!.provider),
        source:
          mode.kind === 'follow' ? links.make(`${name}→${mode.source}`, () => provider(mode.source)) : null,
      },
      p2p: {
        ...{ port, identityKey, signers, open: gossip.open },
        sequencerKey: options.accounts.sequencer.privateKey,
        staticPeers: staticPeers.map((peer) => addresses.get(peer)!),
      },
      logger: createEventLogger({
        ...{ component: name, events, level: parseLogLevel(process.env[logLevelVariable]) },
        // A stranger is told by its peer id, as the node tells it.
        factsOf: (line) =>
          lockstepNodeFacts(name, line, (id) => (addresses.has(nameOf(id)) ? nameOf(id) : id)),
      }),
    })
    nodes.set(name, node)
    const rpc = links.straight(name, node.provider)
    handles.set(name, {
      ...{ name, spec, rpc, polls: {}, deviates: new Map(), lifecycle: node.lifecycle },
      capabilities: new Set(capabilitiesIn(lockstepNode, spec)),
      el: engines.handles.get(el)!,
      status: startStatusStream({ node: name, rpc, events, clock, periodMs: options.observationMs }),
      gossip: createGossip(rpc, addresses, async (address) => address),
      async metrics() {
        const found = node.provider() === null ? null : node.metrics()
        if (found === null) throw new Error(`${name} does not run, and has no metrics`)
        return found
      },
    })
  }
  const stopWatching = watchPeers({
    nodes: peers.map(({ name, id }) => ({ name, rpc: handles.get(name)!.rpc, peerId: id })),
    ...{ periodMs: 4 * options.observationMs, clock, events },
  })
  return {
    handles,
    gossip: { openTransport: gossip.open, signBlock: signers.sign, addresses },
    provider,
    peerPoints: peerLinks.points,
    async stopObserving() {
      await Promise.all([stopWatching(), ...Array.from(handles.values(), ({ status }) => status.stop())])
    },
  }
}
