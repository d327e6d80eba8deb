import { z } from 'zod'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { rangeFromJson } from '../network/peer-info.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import { flagParam, param, textParam } from './params.ts'

/** A network as CIDR, or as op-node takes and gives it: the JSON of Go's `net.IPNet`. */
const subnetParam = z.union([
  textParam,
  z.object({ IP: textParam, Mask: textParam }).transform((net, context) => {
    const range = rangeFromJson(net)
    if (range !== null) return range
    context.addIssue({ code: 'custom', message: 'expected a mask of leading ones' })
    return z.NEVER
  }),
])

/** The `opp2p_` namespace, in op-node's shapes. */
export function opp2pApi(admin: PeerAdmin): ReadonlyMap<string, RpcHandler> {
  const text = (params: readonly unknown[]) => param(params, 0, textParam)
  const subnet = (params: readonly unknown[]) => param(params, 0, subnetParam)
  return new Map<string, RpcHandler>([
    ['opp2p_self', () => admin.self()],
    ['opp2p_peers', (params) => admin.peers(params.length === 0 ? true : param(params, 0, flagParam))],
    ['opp2p_peerStats', () => admin.peerStats()],
    ['opp2p_connectPeer', (params) => admin.connectPeer(text(params))],
    ['opp2p_disconnectPeer', (params) => admin.disconnectPeer(text(params))],
    ['opp2p_blockPeer', (params) => admin.blockPeer(text(params))],
    ['opp2p_unblockPeer', (params) => admin.unblockPeer(text(params))],
    ['opp2p_listBlockedPeers', () => admin.listBlockedPeers()],
    ['opp2p_blockAddr', (params) => admin.blockAddr(text(params))],
    ['opp2p_unblockAddr', (params) => admin.unblockAddr(text(params))],
    ['opp2p_listBlockedAddrs', () => admin.listBlockedAddrs()],
    ['opp2p_blockSubnet', (params) => admin.blockSubnet(subnet(params))],
    ['opp2p_unblockSubnet', (params) => admin.unblockSubnet(subnet(params))],
    ['opp2p_listBlockedSubnets', () => admin.listBlockedSubnets()],
    ['opp2p_protectPeer', (params) => admin.protectPeer(text(params))],
    ['opp2p_unprotectPeer', (params) => admin.unprotectPeer(text(params))],
    [
      'opp2p_discoveryTable',
      () => {
        const table = admin.discoveryTable()
        if (table === null) throw new JsonRpcError(rpcErrorCode.server, 'discovery disabled')
        return table
      },
    ],
  ])
}
