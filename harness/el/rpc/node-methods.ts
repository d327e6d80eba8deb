import { method } from '../../../node/json-rpc/method.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { param } from './params.ts'

/** `net_`, `web3_` and the rest of what tools ask first. */
export function nodeMethods(backend: RpcBackend): RpcMethods {
  const { config, network, clientVersion } = backend
  return {
    net_version: method([], () => config.chainId.toString()),
    net_listening: method([], () => true),
    net_peerCount: method([], () => quantityToJson(BigInt(network.peers().length))),
    web3_clientVersion: method([], () => clientVersion),
    web3_sha3: method([param.data], (data) => keccak256(hexToBytes(data))),
    eth_accounts: method([], () => []),
  }
}
