import { rollupConfigToJson } from '../config/rollup-config.ts'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../json-rpc/errors.ts'
import { method } from '../json-rpc/method.ts'
import type { L2Source } from '../ports/l2-source.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import { outputRootV0 } from '../protocol/output-root.ts'
import { predeploys } from '../protocol/predeploys.ts'
import { zeroHash } from '../protocol/refs.ts'
import { blockIdToJson, l2BlockRefToJson, syncStatusToJson } from '../protocol/sync-status-json.ts'
import type { RollupNode } from '../rollup-node.ts'
import { numberParam } from './params.ts'

export interface OptimismApiOptions {
  readonly node: Pick<RollupNode, 'config' | 'status' | 'safeHeads'>
  readonly l2: L2Source
  readonly version: string
}

/** The `optimism_` namespace, in op-node's shapes: block numbers are plain JSON integers. */
export function optimismApi({ node, l2, version }: OptimismApiOptions): ReadonlyMap<string, RpcHandler> {
  const { rollup } = node.config

  async function outputAtBlock(number: bigint): Promise<object> {
    const block = await l2.blockByNumber(number)
    if (block === null)
      throw new JsonRpcError(
        rpcErrorCode.server,
        `failed to get L2 block ref with sync status: L2 block ${number} not found`,
      )
    const { stateRoot, blockHash, withdrawalsRoot } = block.payload
    // Isthmus put the storage root into the header; before it, the engine proves it.
    const storageRoot = withdrawalsRoot ?? (await l2.storageRoot(predeploys.l2ToL1MessagePasser, blockHash))
    return {
      version: zeroHash,
      outputRoot: outputRootV0({ stateRoot, messagePasserStorageRoot: storageRoot, blockHash }),
      blockRef: l2BlockRefToJson(l2BlockRefFromPayload(rollup, block.payload)),
      withdrawalStorageRoot: storageRoot,
      stateRoot,
      syncStatus: syncStatusToJson(node.status()),
    }
  }

  /** Errors as op-node words them. */
  function safeHeadAtL1Block(number: bigint): object {
    if (node.safeHeads === null)
      throw new JsonRpcError(
        rpcErrorCode.server,
        `failed to get safe head at l1 block 0x${number.toString(16)}: safe head database not enabled`,
      )
    const entry = node.safeHeads.safeHeadAt(number)
    if (entry === null) throw new JsonRpcError(rpcErrorCode.server, 'not found')
    return { l1Block: blockIdToJson(entry.l1), safeHead: blockIdToJson(entry.l2) }
  }

  /** As op-node answers for a chain that is not of an interop set. */
  function dependencySet(): never {
    throw new JsonRpcError(rpcErrorCode.server, 'not found')
  }

  return new Map<string, RpcHandler>([
    ['optimism_syncStatus', method([], () => syncStatusToJson(node.status()))],
    ['optimism_outputAtBlock', method([numberParam], outputAtBlock)],
    ['optimism_rollupConfig', method([], () => rollupConfigToJson(rollup))],
    ['optimism_dependencySet', method([], dependencySet)],
    ['optimism_version', method([], () => version)],
    ['optimism_safeHeadAtL1Block', method([numberParam], safeHeadAtL1Block)],
  ])
}
