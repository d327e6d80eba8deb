import { join } from 'node:path'
import { z } from 'zod'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { elClients } from '../../clients/registry.ts'
import type { PeerPair } from '../topology.ts'
import type { BootContext } from './boot-context.ts'
import type { ElComponent } from './components.ts'
import { localUrl } from './endpoints.ts'
import { createManagedComponent } from './managed-component.ts'
import { peerPorts } from './peer-links.ts'

const rpcTimeoutMs = 10_000
const nodeInfoSchema = z.looseObject({ enode: z.string().min(1) })

/** Describes every execution engine of the topology; none is started yet. */
export function createEngines(context: BootContext): ReadonlyMap<string, ElComponent> {
  const engines = new Map<string, ElComponent>()
  for (const [name, spec] of Object.entries(context.topology.els)) {
    const ports = context.endpoints.els.get(name)
    if (ports === undefined) throw new Error(`no ports were allocated for ${name}`)
    const client = elClients[spec.kind]
    const httpUrl = localUrl(ports.http)
    const dataPath = join(context.directory.path, 'data', name)
    const peers = context.topology.elPeers.filter((pair) => pair.includes(name))
    engines.set(name, {
      name,
      spec,
      connectPeers: () => connectEngines(engines, peers),
      httpUrl,
      engineUrl: localUrl(ports.engine),
      peerPorts: peerPorts(context, name, context.topology.elPeers),
      rpc: createHttpRpcClient({ url: httpUrl, timeoutMs: rpcTimeoutMs }),
      lifecycle: createManagedComponent(context, {
        name,
        launch: client.launch({
          name,
          genesisPath: context.files.l2GenesisPath,
          jwtPath: context.files.jwtPath,
          dataPath,
          persistent: spec.datadir === true,
          enginePort: ports.engine,
          httpPort: ports.http,
          peerPort: ports.peer,
        }),
        url: httpUrl,
        readyMethod: client.readyMethod,
        // An engine without a datadir forgets everything when it stops.
        stored: spec.datadir === true ? [dataPath] : [],
      }),
    })
  }
  return engines
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
    await engine.rpc.request('admin_addPeer', [throughLink(enode, engine.peerPorts.get(peer))])
  }
  await Promise.all(pairs.flatMap(([a, b]) => [tell(a, b), tell(b, a)]))
}

/** The same engine at another port: its address ends with `:30303`, or with `:30303?discport=0` (geth). */
function throughLink(enode: string, port: number | undefined): string {
  return port === undefined ? enode : enode.replace(/:\d+(?=\?|$)/, `:${port}`)
}
