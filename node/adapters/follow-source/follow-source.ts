import { z } from 'zod'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { parseAnswer, rpcHash } from '../../json-rpc/schema.ts'
import type { FollowSource } from '../../ports/follow-source.ts'
import { syncStatusFromJson } from '../../protocol/sync-status-json.ts'

const chainId = z.int().nonnegative().transform(BigInt)

/** The part of `optimism_rollupConfig` that tells one chain from another; a source may have fields we do not know. */
const chainIdentity = z.object({
  genesis: z.object({ l1: z.object({ hash: rpcHash }), l2: z.object({ hash: rpcHash }) }),
  l1_chain_id: chainId,
  l2_chain_id: chainId,
})

/** The FollowSource port on another consensus node's `optimism_` API. */
export function createFollowSource(rpc: JsonRpcClient): FollowSource {
  return {
    async syncStatus(signal) {
      return syncStatusFromJson(await rpc.request('optimism_syncStatus', [], signal))
    },
    async chainIdentity(signal) {
      const method = 'optimism_rollupConfig'
      const config = parseAnswer(
        chainIdentity,
        await rpc.request(method, [], signal),
        `follow source ${method}`,
      )
      return {
        l1ChainId: config.l1_chain_id,
        l2ChainId: config.l2_chain_id,
        l1GenesisHash: config.genesis.l1.hash,
        l2GenesisHash: config.genesis.l2.hash,
      }
    },
  }
}
