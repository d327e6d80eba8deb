import { z } from 'zod'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { method, refusingArgument } from '../json-rpc/method.ts'
import { rangeFromJson } from '../network/peer-info.ts'
import type { PeerAdmin } from '../ports/peer-admin.ts'
import { flagParam, textParam } from './params.ts'

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

/** Acts on what one text names. */
const actOn = (schema: z.ZodType<string>, act: (name: string) => Promise<void>): RpcHandler =>
  method([schema], (name) => refusingArgument(0, () => act(name)))

/** The `opp2p_` namespace, in op-node's shapes; `opp2p_peerCount` in kona-node's. */
export function opp2pApi(admin: PeerAdmin): ReadonlyMap<string, RpcHandler> {
  return new Map<string, RpcHandler>([
    ['opp2p_self', method([], () => admin.self())],
    ['opp2p_peers', method([flagParam], (connectedOnly) => admin.peers(connectedOnly))],
    ['opp2p_peerStats', method([], () => admin.peerStats())],
    ['opp2p_peerCount', method([], () => peerCount(admin))],
    ['opp2p_connectPeer', actOn(textParam, (address) => admin.connectPeer(address))],
    ['opp2p_disconnectPeer', actOn(textParam, (id) => admin.disconnectPeer(id))],
    ['opp2p_blockPeer', actOn(textParam, (id) => admin.blockPeer(id))],
    ['opp2p_unblockPeer', actOn(textParam, (id) => admin.unblockPeer(id))],
    ['opp2p_listBlockedPeers', method([], () => admin.listBlockedPeers())],
    ['opp2p_blockAddr', actOn(textParam, (ip) => admin.blockAddr(ip))],
    ['opp2p_unblockAddr', actOn(textParam, (ip) => admin.unblockAddr(ip))],
    ['opp2p_listBlockedAddrs', method([], () => admin.listBlockedAddrs())],
    ['opp2p_blockSubnet', actOn(subnetParam, (subnet) => admin.blockSubnet(subnet))],
    ['opp2p_unblockSubnet', actOn(subnetParam, (subnet) => admin.unblockSubnet(subnet))],
    ['opp2p_listBlockedSubnets', method([], () => admin.listBlockedSubnets())],
    ['opp2p_protectPeer', actOn(textParam, (id) => admin.protectPeer(id))],
    ['opp2p_unprotectPeer', actOn(textParam, (id) => admin.unprotectPeer(id))],
    [
      'opp2p_discoveryTable',
      method([], () => {
        const table = admin.discoveryTable()
        if (table === null) throw new JsonRpcError(rpcErrorCode.server, 'discovery disabled')
        return table
      }),
    ],
  ])
}

function peerCount(admin: PeerAdmin): object {
  return {
    connectedDiscovery: admin.discoveryTable()?.length ?? null,
    connectedGossip: admin.peerStats()['connected'],
  }
}
