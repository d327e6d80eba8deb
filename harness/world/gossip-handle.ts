import { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { GossipHandle } from './world.ts'

const peersSchema = z.looseObject({ peers: z.record(z.string(), z.unknown()) })

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
