import { join } from 'node:path'
import type { Clock } from '../../../node/ports/clock.ts'
import { capabilitiesIn } from '../../clients/capabilities.ts'
import type { ClClient, ClSettings, Launch } from '../../clients/client.ts'
import { brokenInvariants } from '../../clients/deviation.ts'
import type { LaunchChanges } from '../../drivers/lifecycle.ts'
import { createGossip } from '../gossip-handle.ts'
import { type Metrics, parseMetrics } from '../metrics.ts'
import { observationPeriodMs } from '../observation-period.ts'
import { roleOf } from '../role.ts'
import { startStatusStream } from '../status-stream.ts'
import type { ClSpec } from '../topology.ts'
import { type BootContext, linkUrl, readyMsMax } from './boot-context.ts'
import type { ClComponent, ElComponent } from './components.ts'
import { type ClPorts, linkName, localUrl } from './endpoints.ts'
import { createManagedComponent } from './managed-component.ts'
import { createMovingRpc } from './moving-rpc.ts'
import { localMultiaddr } from './peer-identity.ts'
import { peerPorts } from './peer-links.ts'
import { relocateNode } from './relocation.ts'

const rpcTimeoutMs = 10_000
const observationTimeoutMs = 5_000
/** As op-devstack: the harness wants L1 blocks to be noticed at once. */
const l1PollsPerBlock = 8
const engineProbeMs = 15

/** Describes every consensus node of the topology; none is started yet, and none is observed before `observe`. */
export function createNodes(
  context: BootContext,
  engines: ReadonlyMap<string, ElComponent>,
): ReadonlyMap<string, ClComponent> {
  const nodes = new Map<string, ClComponent>()
  const multiaddrs = new Map(
    Object.keys(context.topology.cls).map((name) => [name, multiaddrOf(context, name)]),
  )
  for (const [name, spec] of Object.entries(context.topology.cls)) {
    const el = engines.get(spec.el)
    if (el === undefined) throw new Error(`${name} was not planned`)
    const { client, launch } = context.clients.cl(spec.kind)
    const capabilities = capabilitiesIn(client, spec)
    const rpcUrl = () => localUrl(portsOf(context, name).rpc)
    const metricsUrl = () => `${localUrl(portsOf(context, name).metrics)}/metrics`
    const rpc = createMovingRpc(rpcUrl, rpcTimeoutMs)
    const settings = settingsOf(context, name, spec, 0)
    nodes.set(name, {
      name,
      spec,
      client,
      el,
      capabilities,
      polls: client.polls,
      deviates: brokenInvariants(client.deviations, roleOf(spec)),
      lifecycle: createManagedComponent(context, {
        name,
        launch: launch(settings),
        kind: spec.kind,
        ports: Object.values(portsOf(context, name)),
        before: client.startsAfter.includes('engine') ? () => answers(el, context.clock) : undefined,
        url: rpcUrl,
        readyMethod: client.readyMethod,
        stored: settings.safeDbPath === null ? [] : [settings.safeDbPath],
        changes: changesOf(context, name, {
          skewed: capabilities.has('clock-offset'),
          launch: (clockOffsetMs) => launch(settingsOf(context, name, spec, clockOffsetMs)),
        }),
      }),
      // A peer is reached through the link between the two, also when the harness asks for it.
      gossip: createGossip(
        rpc,
        new Map([...multiaddrs, ...peerAddresses(context, name)]),
        context.drivers.reachable,
      ),
      metrics: (signal) => fetchMetrics(name, client, metricsUrl(), signal),
      get rpcUrl() {
        return rpcUrl()
      },
      get metricsUrl() {
        return metricsUrl()
      },
      get multiaddr() {
        return multiaddrOf(context, name)
      },
      rpc,
      status: startStatusStream({
        node: name,
        rpc: createMovingRpc(rpcUrl, observationTimeoutMs),
        periodMs: observationPeriodMs(context.parameters),
        clock: context.clock,
        events: context.events,
      }),
    })
  }
  return nodes
}

/** Resolves when the engine answers; some clients give up when theirs does not. The node's own start is limited. */
async function answers({ rpc }: ElComponent, clock: Clock): Promise<void> {
  const deadlineMs = clock.nowMs() + readyMsMax
  for (;;) {
    try {
      await rpc.request('eth_chainId', [])
      return
    } catch (error) {
      if (clock.nowMs() > deadlineMs) throw error
    }
    await clock.sleep(engineProbeMs)
  }
}

async function fetchMetrics(
  name: string,
  { kind, metrics: known }: Pick<ClClient, 'kind' | 'metrics'>,
  url: string,
  signal: AbortSignal,
): Promise<Metrics> {
  if (known === null) throw new Error(`${name} is ${kind}, of which no metrics are known`)
  const response = await fetch(url, { signal })
  if (!response.ok) throw new Error(`expected metrics at ${url}, found HTTP ${response.status}`)
  const metrics = parseMetrics(await response.text(), known.prefix)
  return { value: (metric, labels) => metrics.value(known.names[metric] ?? metric, labels) }
}

/** It listens elsewhere, or by another clock, from its next start on. */
function changesOf(
  context: BootContext,
  name: string,
  { skewed, launch }: { readonly skewed: boolean; readonly launch: (clockOffsetMs: number) => Launch },
): LaunchChanges {
  let [changed, clockOffsetMs] = [false, 0]
  return {
    launch: () => (changed ? launch(clockOffsetMs) : undefined),
    async relocate() {
      changed = true
      await relocateNode(context, name)
    },
    skewClock: skewed
      ? (ms) => {
          changed = true
          clockOffsetMs = ms
        }
      : null,
  }
}

function settingsOf(context: BootContext, name: string, spec: ClSpec, clockOffsetMs: number): ClSettings {
  const { files, parameters } = context
  const ports = portsOf(context, name)
  const identity = identityOf(context, name)
  return {
    clockOffsetMs,
    name,
    listenAddress: context.drivers.listenAddress,
    dataPath: join(context.directory.path, 'data', name),
    l1Url: linkUrl(context, linkName.l1(name)),
    l1BeaconUrl: linkUrl(context, linkName.beacon(name)),
    l1PollMs: Math.round((parameters.l1BlockTime * 1000) / l1PollsPerBlock),
    engineUrl: linkUrl(context, linkName.engine(name, spec.el)),
    jwtPath: files.jwtPath,
    rollupPath: files.rollupPath,
    l1ChainConfigPath: files.l1ChainConfigPath,
    l2ChainId: parameters.l2ChainId,
    upgradePaths: files.upgradePaths,
    followSourceUrl:
      spec.mode.kind === 'follow' ? linkUrl(context, linkName.source(name, spec.mode.source)) : null,
    elSync: spec.elSync ?? null,
    rpcPort: ports.rpc,
    metricsPort: ports.metrics,
    p2p: {
      listenPort: ports.p2p,
      advertiseAddress: '127.0.0.1',
      identityKeyPath: identity.path,
      staticPeers: [...peerAddresses(context, name).values()],
    },
    sequencer:
      spec.sequencer === undefined
        ? null
        : {
            // The harness starts it when everything else serves.
            stopped: true,
            l1Confirmations: spec.sequencer.l1Confirmations,
            signerKey: files.sequencer.key,
            signerKeyPath: files.sequencer.path,
          },
    safeDbPath: spec.safeDb ? join(context.directory.path, 'safedb', name) : null,
  }
}

/** The multiaddrs of a node's peers as it is given them: by the links between the two. */
function peerAddresses(context: BootContext, name: string): ReadonlyMap<string, string> {
  return new Map(
    Array.from(peerPorts(context, name, context.topology.gossip), ([peer, port]) => [
      peer,
      localMultiaddr(identityOf(context, peer).key, port),
    ]),
  )
}

function multiaddrOf(context: BootContext, name: string): string {
  return localMultiaddr(identityOf(context, name).key, portsOf(context, name).p2p)
}

function portsOf({ endpoints }: BootContext, name: string): ClPorts {
  return planned(name, endpoints.cls.get(name))
}

function identityOf({ files }: BootContext, name: string) {
  return planned(name, files.identities.get(name))
}

function planned<T>(name: string, found: T | undefined): T {
  if (found === undefined) throw new Error(`${name} was not planned`)
  return found
}
