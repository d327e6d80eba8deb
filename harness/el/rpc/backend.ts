import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../node/json-rpc/errors.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Random } from '../../../node/ports/random.ts'
import type { Chain } from '../chain/chain.ts'
import type { DaLimitSetting } from '../chain/da-limit-setting.ts'
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
  readonly daLimits: DaLimitSetting
  readonly clock: Clock
  readonly random: Random
  readonly clientVersion: string
  /** `config` of the genesis file, as it was written. */
  readonly chainConfigJson: unknown
}

/** Methods by full name. */
export type RpcMethods = Readonly<Record<string, RpcHandler>>

/**
 * The block that the caller names; undefined when there is none of that number or hash. `pending` is the head: there is
 * no pending block.
 * @throws JsonRpcError −32000 in op-geth's words for a label that nobody has set yet, and for a block off the chain when
 * the caller wants it on the chain.
 */
export function findBlock({ chain }: RpcBackend, id: BlockId): ExecutedBlock | undefined {
  if ('number' in id) return chain.store.byNumber(id.number)
  if ('hash' in id) {
    const block = chain.store.byHash(id.hash)
    if (block !== undefined && id.requireCanonical && !chain.store.isCanonical(block))
      throw serverError('hash is not currently canonical')
    return block
  }
  switch (id.tag) {
    case 'latest':
    case 'pending':
      return chain.head
    case 'earliest':
      return chain.store.genesis
    case 'safe':
    case 'finalized': {
      const block = chain[id.tag]
      if (block === null) throw serverError(`${id.tag} block not found`)
      return block
    }
  }
}

/** As `findBlock`, for the methods in which op-geth answers nothing at all instead of an error. */
export function blockOrNone(backend: RpcBackend, id: BlockId): ExecutedBlock | undefined {
  try {
    return findBlock(backend, id)
  } catch (error) {
    if (error instanceof JsonRpcError) return undefined
    throw error
  }
}

/** @throws JsonRpcError when the block is not here. */
export function requireBlock(backend: RpcBackend, id: BlockId): ExecutedBlock {
  const block = findBlock(backend, id)
  if (block === undefined) throw serverError('hash' in id ? 'header for hash not found' : 'header not found')
  return block
}

/**
 * The state after the block. @throws JsonRpcError when the block is not here, or its state was dropped: in geth's words
 * (core/state/database.go).
 */
export function stateAt(backend: RpcBackend, id: BlockId): StateView {
  const block = requireBlock(backend, id)
  if (!backend.chain.executor.hasState(block.header.stateRoot))
    throw serverError(`historical state ${block.header.stateRoot.slice(2)} is not available`)
  return backend.chain.executor.view(block.header)
}

export function serverError(message: string): JsonRpcError {
  return new JsonRpcError(rpcErrorCode.server, message)
}
