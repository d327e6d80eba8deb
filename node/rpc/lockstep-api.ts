import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { method } from '../json-rpc/method.ts'
import { l1BlockRefToJson, l2BlockRefToJson } from '../protocol/sync-status-json.ts'
import type { RollupNode } from '../rollup-node.ts'

/** What no other node tells: where the safe heads come from and how fresh they are. */
export function lockstepApi(node: Pick<RollupNode, 'followStatus'>): ReadonlyMap<string, RpcHandler> {
  return new Map<string, RpcHandler>([
    [
      'lockstep_followStatus',
      method([], () => {
        const status = node.followStatus()
        if (status === null) return null
        const { applied } = status
        return {
          ...status,
          applied: applied && {
            currentL1: l1BlockRefToJson(applied.currentL1),
            localSafe: l2BlockRefToJson(applied.localSafe),
            safe: l2BlockRefToJson(applied.safe),
            finalized: l2BlockRefToJson(applied.finalized),
          },
        }
      }),
    ],
  ])
}
