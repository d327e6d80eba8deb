import { method, refusingArgument } from '../../../node/json-rpc/method.ts'
import { peerProtocolVersion } from '../peers/messages.ts'
import type { Peer } from '../peers/peer-network.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { param } from './params.ts'

const capability = `lockstep/${peerProtocolVersion}`

/** `admin_` methods about peers, in geth's shapes; `enode` holds a `lockstep://` address. */
export function adminMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, network, clientVersion } = backend

  const withAddress = (act: (url: string) => void) =>
    method([param.text], async (url) => {
      await refusingArgument(0, () => act(url))
      return true
    })

  return {
    admin_nodeInfo: method([], () => ({
      id: network.self.id.slice(2),
      name: clientVersion,
      enode: network.self.url,
      enr: '',
      ip: network.self.host,
      ports: { discovery: 0, listener: network.self.port },
      listenAddr: `${network.self.host}:${network.self.port}`,
      protocols: {
        lockstep: {
          version: peerProtocolVersion,
          network: Number(config.chainId),
          genesis: chain.store.genesis.hash,
          head: chain.head.hash,
          config: backend.chainConfigJson,
        },
      },
    })),
    admin_peers: method([], () => network.peers().map(peerToJson)),
    admin_addPeer: withAddress((url) => network.add(url)),
    admin_removePeer: withAddress((url) => network.remove(url)),
  }
}

function peerToJson(peer: Peer): Record<string, unknown> {
  return {
    enode: peer.url,
    id: peer.id.slice(2),
    name: peer.clientName,
    caps: [capability],
    network: {
      remoteAddress: peer.url.replace('lockstep://', ''),
      inbound: peer.direction === 'inbound',
      trusted: false,
      static: peer.direction === 'outbound',
    },
    protocols: { lockstep: { version: peerProtocolVersion } },
  }
}
