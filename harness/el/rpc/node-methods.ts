import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import type { RpcBackend, RpcMethods } from './backend.ts'
import { param, readParams } from './params.ts'

/** `net_`, `web3_` and the rest of what tools ask first. */
export function nodeMethods(backend: RpcBackend): RpcMethods {
  const { config, network, clientVersion } = backend
  return {
    net_version: () => config.chainId.toString(),
    net_listening: () => true,
    net_peerCount: () => quantityToJson(BigInt(network.peers().length)),
    web3_clientVersion: () => clientVersion,
    web3_sha3: (params) => {
      const [data] = readParams(params, param.data)
      return keccak256(hexToBytes(data))
    },
    eth_accounts: () => [],
    rpc_modules: () => ({ admin: '1.0', debug: '1.0', eth: '1.0', net: '1.0', txpool: '1.0', web3: '1.0' }),
  }
}
