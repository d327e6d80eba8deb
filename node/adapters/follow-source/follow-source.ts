import { z } from 'zod'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { JsonRpcError } from '../../json-rpc/errors.ts'
import { rpcHash } from '../../json-rpc/schema.ts'
import type { FollowSource } from '../../ports/follow-source.ts'
import { syncStatusFromJson } from '../../protocol/sync-status-json.ts'
import { withoutUndefined } from '../../protocol/without-undefined.ts'
import { readChainId } from './chain-names.ts'

/** JSON-RPC 2.0: the method does not exist, or a proxy does not let it through. */
const methodNotFound = -32601

const genesisHash = z
  .object({ hash: rpcHash })
  .transform(({ hash }) => hash)
  .optional()
  .catch(undefined)
const genesis = z.object({ l1: genesisHash, l2: genesisHash }).catch({ l1: undefined, l2: undefined })
const chainId = z.unknown().transform(readChainId)

/**
 * The part of `optimism_rollupConfig` that tells one chain from another. Clients write it differently, so each field
 * stands for itself: what cannot be read is not told.
 */
const chainIdentity = z
  .object({ genesis, l1_chain_id: chainId, l2_chain_id: chainId })
  .transform((config) =>
    withoutUndefined({
      l1ChainId: config.l1_chain_id,
      l2ChainId: config.l2_chain_id,
      l1GenesisHash: config.genesis.l1,
      l2GenesisHash: config.genesis.l2,
    }),
  )
  .catch({})

/** The FollowSource port on another consensus node's `optimism_` API. */
export function createFollowSource(rpc: JsonRpcClient): FollowSource {
  return {
    async syncStatus(signal) {
      return syncStatusFromJson(await rpc.request('optimism_syncStatus', [], signal))
    },
    async chainIdentity(signal) {
      try {
        return chainIdentity.parse(await rpc.request('optimism_rollupConfig', [], signal))
      } catch (error) {
        if (error instanceof JsonRpcError && error.code === methodNotFound) return {}
        throw error
      }
    },
  }
}
