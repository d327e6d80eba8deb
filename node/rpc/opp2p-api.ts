import { JsonRpcError } from '../adapters/json-rpc-client.ts'
import { type RpcHandler, rpcErrorCode } from '../adapters/json-rpc-server.ts'
import type { Gossip } from '../ports/gossip.ts'
import { flagParam, param, textParam } from './params.ts'

/** The `opp2p_` namespace, in op-node's shapes. */
export function opp2pApi(gossip: Gossip): ReadonlyMap<string, RpcHandler> {
  const peer = (params: readonly unknown[]) => param(params, 0, textParam)
  return new Map<string, RpcHandler>([
    ['opp2p_self', () => gossip.self()],
    ['opp2p_peers', (params) => gossip.peers(params.length === 0 ? true : param(params, 0, flagParam))],
    ['opp2p_peerStats', () => gossip.peerStats()],
    ['opp2p_connectPeer', (params) => gossip.connectPeer(peer(params))],
    ['opp2p_disconnectPeer', (params) => gossip.disconnectPeer(peer(params))],
    ['opp2p_blockPeer', (params) => gossip.blockPeer(peer(params))],
    ['opp2p_unblockPeer', (params) => gossip.unblockPeer(peer(params))],
    ['opp2p_listBlockedPeers', () => gossip.listBlockedPeers()],
    [
      'opp2p_discoveryTable',
      () => {
        throw new JsonRpcError(rpcErrorCode.server, 'discovery disabled')
      },
    ],
  ])
}
