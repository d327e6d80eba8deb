import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import type { Chain } from '../chain/chain.ts'
import type { ElConfig, ExecutedBlock, StateView } from '../execution/types.ts'
import type { PeerNetwork } from '../peers/peer-network.ts'
import type { TransactionPool } from '../pool/transaction-pool.ts'
import type { ChainSync } from '../sync/chain-sync.ts'
import type { BlockId } from './params.ts'

/** What the RPC methods read and act on. */
export interface RpcBackend {
  readonly config: ElConfig
  readonly chain: Chain
  readonly pool: TransactionPool
  readonly sync: ChainSync
  readonly network: PeerNetwork
  readonly clientVersion: string
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
}

/** Methods by full name. */
export type RpcMethods = Readonly<Record<string, RpcHandler>>

/** The block that the caller names; undefined when it is not here. `pending` is the head: there is no pending block. */
export function findBlock({ chain }: RpcBackend, id: BlockId): ExecutedBlock | undefined {
  if ('number' in id) return chain.store.byNumber(id.number)
  if ('hash' in id) {
    const block = chain.store.byHash(id.hash)
    if (block !== undefined && id.requireCanonical && !chain.store.isCanonical(block))
      throw new JsonRpcError(rpcErrorCode.server, `hash ${id.hash} is not currently canonical`)
    return block
  }
  switch (id.tag) {
    case 'latest':
    case 'pending':
      return chain.head
    case 'earliest':
      return chain.store.genesis
    case 'safe':
      return chain.safe ?? undefined
    case 'finalized':
      return chain.finalized ?? undefined
  }
}

/** @throws JsonRpcError when the block is not here. */
export function requireBlock(backend: RpcBackend, id: BlockId): ExecutedBlock {
  const block = findBlock(backend, id)
  if (block === undefined) throw blockNotFound(id)
  return block
}

/** The state after the block. @throws JsonRpcError when the block or its state is not here. */
export function stateAt(backend: RpcBackend, id: BlockId): StateView {
  const block = requireBlock(backend, id)
  if (!backend.chain.executor.hasState(block.header.stateRoot))
    throw new JsonRpcError(
      rpcErrorCode.server,
      `missing state of block ${block.header.number} (${block.hash})`,
    )
  return backend.chain.executor.view(block.header)
}

function blockNotFound(id: BlockId): JsonRpcError {
  const name = 'tag' in id ? `${id.tag} block` : 'number' in id ? `block ${id.number}` : `block ${id.hash}`
  return new JsonRpcError(rpcErrorCode.server, `header not found: ${name} is not here`)
}
