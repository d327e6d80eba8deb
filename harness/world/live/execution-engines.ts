import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { ElSettings, Launch } from '../../clients/client.ts'
import { runToEnd } from '../../drivers/run-to-end.ts'
import { ComponentError } from '../component-error.ts'
import type { ElSpec, PeerPair } from '../topology.ts'
import type { BootContext } from './boot-context.ts'
import type { ElComponent } from './components.ts'
import { type ElPorts, localUrl } from './endpoints.ts'
import { createManagedComponent } from './managed-component.ts'
import { createMovingRpc } from './moving-rpc.ts'
import { peerPorts } from './peer-links.ts'
import { relocateEngine } from './relocation.ts'

const rpcTimeoutMs = 10_000
const nodeInfoSchema = z.looseObject({ enode: z.string().min(1) })

/** Describes every execution engine of the topology; none is started yet. */
export function createEngines(context: BootContext): ReadonlyMap<string, ElComponent> {
  const engines = new Map<string, ElComponent>()
  for (const [name, spec] of Object.entries(context.topology.els)) {
    const { client, launch, prepare } = context.clients.el(spec.kind)
    const settings = settingsOf(context, name, spec)
    const httpUrl = () => localUrl(portsOf(context, name).http)
    let moved = false
    const peers = context.topology.elPeers.filter((pair) => pair.includes(name))
    engines.set(name, {
      name,
      spec,
      connectPeers: () => connectEngines(engines, peers),
      get httpUrl() {
        return httpUrl()
      },
      get engineUrl() {
        return localUrl(portsOf(context, name).engine)
      },
      peerPorts: peerPorts(context, name, context.topology.elPeers),
      reachable: context.drivers.reachable,
      rpc: createMovingRpc(httpUrl, rpcTimeoutMs),
      lifecycle: createManagedComponent(context, {
        name,
        launch: launch(settings),
        kind: spec.kind,
        ports: Object.values(portsOf(context, name)),
        url: httpUrl,
        readyMethod: client.readyMethod,
        before: preparing(context, name, prepare(settings), settings.dataPath),
        // An embedded engine forgets everything when it stops; others keep it there.
        stored: [settings.dataPath],
        changes: {
          launch: () => (moved ? launch(settingsOf(context, name, spec)) : undefined),
          async relocate() {
            moved = true
            await relocateEngine(context, name)
          },
          skewClock: null,
        },
      }),
    })
  }
  return engines
}

function settingsOf(context: BootContext, name: string, spec: ElSpec): ElSettings {
  const ports = portsOf(context, name)
  return {
    name,
    listenAddress: context.drivers.listenAddress,
    dataPath: join(context.directory.path, 'data', name),
    persistent: spec.datadir === true,
    l2ChainId: context.parameters.l2ChainId,
    genesisPath: context.files.l2GenesisPath,
    jwtPath: context.files.jwtPath,
    enginePort: ports.engine,
    httpPort: ports.http,
    peerPort: ports.peer,
  }
}

function portsOf({ endpoints }: BootContext, name: string): ElPorts {
  const ports = endpoints.els.get(name)
  if (ports === undefined) throw new Error(`no ports were allocated for ${name}`)
  return ports
}

/** Before its first start, and again after its data directory was wiped. */
function preparing(
  context: BootContext,
  name: string,
  launches: readonly Launch[],
  dataPath: string,
): (() => Promise<void>) | undefined {
  if (launches.length === 0) return undefined
  return async () => {
    if (context.inContainers)
      throw new ComponentError(
        name,
        'cannot be prepared in a container: give an image that does it by itself',
      )
    if (existsSync(dataPath)) return
    for (const launch of launches)
      await runToEnd(launch, {
        name,
        cwd: context.directory.path,
        logPath: context.directory.logPath(name),
        onSpawn: (identity) => context.registry.add(name, identity),
      })
  }
}

/** Makes each pair of engines peers of each other, told on both sides: either may have forgotten the other. */
export async function connectEngines(
  engines: ReadonlyMap<string, ElComponent>,
  pairs: readonly PeerPair[],
): Promise<void> {
  const tell = async (name: string, peer: string) => {
    const [engine, other] = [engines.get(name), engines.get(peer)]
    if (engine === undefined || other === undefined) throw new Error(`no execution engine ${name} or ${peer}`)
    const { enode } = nodeInfoSchema.parse(await other.rpc.request('admin_nodeInfo', []))
    // An engine may name the address that it listens on, which is none to connect to.
    const local = enode.replace(/0\.0\.0\.0|\[::\]/, '127.0.0.1')
    await engine.rpc.request('admin_addPeer', [
      await engine.reachable(throughLink(local, engine.peerPorts.get(peer))),
    ])
  }
  await Promise.all(pairs.flatMap(([a, b]) => [tell(a, b), tell(b, a)]))
}

/** The same engine at another port: its address ends with `:30303`, or with `:30303?discport=0` (geth). */
function throughLink(enode: string, port: number | undefined): string {
  return port === undefined ? enode : enode.replace(/:\d+(?=\?|$)/, `:${port}`)
}
