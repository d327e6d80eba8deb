import { z } from 'zod'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import { tailOfLog } from '../../drivers/log-tail.ts'
import { ComponentError } from '../component-error.ts'
import type { PeerPair } from '../topology.ts'
import type { GossipHandle } from '../world.ts'
import type { ClComponent } from './components.ts'

const peersSchema = z.looseObject({ peers: z.record(z.string(), z.unknown()) })
const meshMsMax = 30_000
const pollMs = 25
/** A dial is said again once a second. */
const looksPerDial = 40

/** The `/p2p/…` part of a multiaddr. */
export const peerIdOf = (multiaddr: string): string => multiaddr.slice(multiaddr.lastIndexOf('/') + 1)

/**
 * Controls a node's gossip by op-node's `opp2p_` calls. `multiaddrs` has every node of the topology by name; `reachable`
 * makes an address of 127.0.0.1 one that the node reaches.
 */
export function createGossip(
  rpc: JsonRpcClient,
  multiaddrs: ReadonlyMap<string, string>,
  reachable: (address: string) => Promise<string>,
): GossipHandle {
  const multiaddrOf = (peer: string): string => {
    const multiaddr = multiaddrs.get(peer)
    if (multiaddr === undefined)
      throw new Error(`there is no node ${peer}; there are ${[...multiaddrs.keys()].join(', ')}`)
    return multiaddr
  }
  const idOf = (peer: string) => peerIdOf(multiaddrOf(peer))
  const call = async (method: string, parameter: string) =>
    void (await rpc.request(`opp2p_${method}`, [parameter]))
  return {
    async connected() {
      const { peers } = peersSchema.parse(await rpc.request('opp2p_peers', [true]))
      return new Set([...multiaddrs.keys()].filter((name) => idOf(name) in peers))
    },
    async block(peer) {
      // op-node's `disconnectPeer` also lifts a block: disconnect first.
      await call('disconnectPeer', idOf(peer)).catch(() => {
        // Not connected (any more): the other side was quicker.
      })
      await call('blockPeer', idOf(peer))
    },
    unblock: (peer) => call('unblockPeer', idOf(peer)),
    connect: async (peer) => call('connectPeer', await reachable(multiaddrOf(peer))),
  }
}

/**
 * Waits until every pair of the topology is connected, so that no node misses the first blocks.
 * @throws ComponentError naming the pair that is not connected in time.
 */
export async function waitForGossipMesh(
  nodes: ReadonlyMap<string, ClComponent>,
  pairs: readonly PeerPair[],
  clock: Clock,
): Promise<void> {
  const deadlineMs = clock.nowMs() + meshMsMax
  await Promise.all(
    pairs.map(async ([a, b]) => {
      const [node, peer] = [nodes.get(a), nodes.get(b)]
      if (node === undefined || peer === undefined) throw new Error(`no consensus node ${a} or ${b}`)
      for (let looks = 0; !(await node.gossip.connected()).has(b); looks++) {
        if (looks % looksPerDial === 0) await dial(node, peer)
        if (clock.nowMs() > deadlineMs)
          throw new ComponentError(a, `did not connect to ${b} (${peer.multiaddr}) within ${meshMsMax} ms`, {
            logPath: node.lifecycle.logPath,
            lastLines: tailOfLog(node.lifecycle.logPath, 15),
          })
        await clock.sleep(pollMs)
      }
    }),
  )
}

/**
 * Connects a pair of which one has no flag for its peers. An answer that is an error means "not yet": some clients dial
 * and say so at once.
 */
async function dial(a: ClComponent, b: ClComponent): Promise<void> {
  const dialling = [a, b].filter(({ client }) => client.peering === 'connect')
  await Promise.all(dialling.map((node) => node.gossip.connect((node === a ? b : a).name).catch(() => {})))
}
