import { peerProtocolVersion } from '../peers/messages.ts'
import type { Peer } from '../peers/peer-network.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { invalidParams, param, readParams } from './params.ts'

const capability = `lockstep/${peerProtocolVersion}`

/** `admin_` methods about peers, in geth's shapes; `enode` holds a `lockstep://` address. */
export function adminMethods(backend: RpcBackend): RpcMethods {
  const { chain, config, network, clientVersion } = backend

  /** @throws JsonRpcError −32602 for what is no peer address. */
  const withAddress = (params: readonly unknown[], act: (url: string) => void): true => {
    const [url] = readParams(params, param.text)
    try {
      act(url)
    } catch (error) {
      if (error instanceof RangeError) throw invalidParams(`invalid argument 0: ${error.message}`)
      throw error
    }
    return true
  }

  return {
    admin_nodeInfo: () => ({
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
    }),
    admin_peers: () => network.peers().map(peerToJson),
    admin_addPeer: (params) => withAddress(params, (url) => network.add(url)),
    admin_removePeer: (params) => withAddress(params, (url) => network.remove(url)),
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
