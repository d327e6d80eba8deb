import type { FollowTarget } from '../engine/engine-client.ts'
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
        const { applied, target } = status
        return {
          ...status,
          applied: applied && targetToJson(applied),
          target: target && targetToJson(target),
        }
      }),
    ],
  ])
}

function targetToJson({ currentL1, localSafe, safe, finalized }: FollowTarget): Record<string, unknown> {
  return {
    currentL1: l1BlockRefToJson(currentL1),
    localSafe: l2BlockRefToJson(localSafe),
    safe: l2BlockRefToJson(safe),
    finalized: l2BlockRefToJson(finalized),
  }
}
