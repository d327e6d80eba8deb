import { bytesToHex, hexToBytes } from 'viem'
import { createMemoryNetwork } from '../../../node/network/testing/memory-network.ts'
import { capabilitiesIn } from '../../clients/capabilities.ts'
import { lockstepNode } from '../../clients/lockstep-node.ts'
import { logLevelVariable, parseLogLevel } from '../../events/follow-logs.ts'
import { lockstepNodeFacts } from '../../events/lockstep-node-log.ts'
import type { Accounts } from '../../genesis/accounts.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { requiredUpgrades } from '../../genesis/upgrade-bundles.ts'
import { createGossip } from '../gossip-handle.ts'
import { watchPeers } from '../peer-watch.ts'
import { startStatusStream } from '../status-stream.ts'
import type { Topology } from '../topology.ts'
import type { ClHandle } from '../world.ts'
import type { SimComponentOptions } from './component.ts'
import { createEventLogger } from './event-logger.ts'
import type { MemoryLink } from './memory-link.ts'
import type { Provider } from './provider.ts'
import { evenNetwork, type Network } from './rough-network.ts'
import { createSharedSigners } from './shared-signers.ts'
import type { SimChain } from './sim-chain.ts'
import type { SimEngines } from './sim-engines.ts'
import type { SimLinks } from './sim-links.ts'
import { createSimNode } from './sim-node.ts'
import { addressOf, peerIdOf } from './sim-peers.ts'
import type { SimRun } from './sim-run.ts'

export interface SimNodesOptions extends Pick<SimComponentOptions, 'onUnexpectedExit'> {
  readonly run: Pick<SimRun, 'clock' | 'events' | 'random'>
  readonly topology: Pick<Topology, 'cls' | 'gossip'>
  readonly parameters: ChainParameters
  readonly rollup: SimChain['rollup']
  readonly accounts: Pick<Accounts, 'sequencer'>
  readonly engines: SimEngines
  readonly links: SimLinks
  readonly network: Network
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
  /** Null while it does not run. */
  provider(name: string): Provider | null
  /** Ends the observation; the nodes have their own lives. */
  stopObserving(): Promise<void>
}

const firstPeerPort = 41_000

/** All of them exist afterwards and are observed; none runs. */
export function createSimNodes(options: SimNodesOptions): SimNodes {
  const { run, topology, parameters, rollup, engines, links, network, onUnexpectedExit } = options
  const { clock, events, random } = run
  const signers = createSharedSigners()
  const gossip = createMemoryNetwork({
    ...{ clock, latencyMs: evenNetwork.delayMs(''), peerIdOf },
    path: (from, to) => (network.loses(`${from}→${to}`) ? null : network.delayMs(`${from}→${to}`)),
  })
  const peers = Object.keys(topology.cls).map((name, index) => {
    const key = random(`identity of ${name}`).bytes(32)
    const port = firstPeerPort + index
    return { name, identityKey: bytesToHex(key), port, address: addressOf(peerIdOf(key), port) }
  })
  const addresses = new Map(peers.map(({ name, address }) => [name, address]))
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
        factsOf: (line) => lockstepNodeFacts(name, line),
      }),
    })
    nodes.set(name, node)
    const rpc = links.straight(name, node.provider)
    handles.set(name, {
      ...{
        name,
        spec,
        capabilities: capabilitiesIn(lockstepNode, spec),
        rpc,
        polls: {},
        deviates: new Map(),
        lifecycle: node.lifecycle,
      },
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
    nodes: peers.map(({ name, identityKey }) => ({
      ...{ name, rpc: handles.get(name)!.rpc, peerId: peerIdOf(hexToBytes(identityKey)) },
    })),
    ...{ periodMs: 4 * options.observationMs, clock, events },
  })
  return {
    handles,
    provider,
    async stopObserving() {
      await Promise.all([stopWatching(), ...Array.from(handles.values(), ({ status }) => status.stop())])
    },
  }
}
