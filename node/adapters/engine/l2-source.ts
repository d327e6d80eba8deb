import type { Hash, Hex } from 'viem'
import { z } from 'zod'
import { type ForkSchedule, isForkActive } from '../../config/forks.ts'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import {
  parseAnswer,
  RpcAnswerError,
  rpcAddress,
  rpcBloom,
  rpcBytes,
  rpcHash,
  rpcQuantity,
} from '../../json-rpc/schema.ts'
import type { L2Block, L2Source } from '../../ports/l2-source.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { extraDataBytesMax } from '../../protocol/payload-limits.ts'
import { orAbsent } from '../absence.ts'
import { rpcDeposit } from '../l1/rpc-deposit.ts'
import { encodeRpcTransaction, rpcSignedTransaction } from '../l1/rpc-transaction.ts'
import { rpcProof, verifyAccountProof } from '../l1/state-proof.ts'
import { createLruCache } from '../lru-cache.ts'
import { readSyncProgress } from './sync-progress.ts'

const rpcWithdrawal = z.object({
  index: rpcQuantity,
  validatorIndex: rpcQuantity,
  address: rpcAddress,
  amount: rpcQuantity,
})

/** More than the gas of a block can pay for. */
const listMax = 65_536

const rpcBlock = z.object({
  hash: rpcHash,
  parentHash: rpcHash,
  miner: rpcAddress,
  stateRoot: rpcHash,
  receiptsRoot: rpcHash,
  logsBloom: rpcBloom,
  mixHash: rpcHash,
  number: rpcQuantity,
  gasLimit: rpcQuantity,
  gasUsed: rpcQuantity,
  timestamp: rpcQuantity,
  extraData: rpcBytes(extraDataBytesMax),
  baseFeePerGas: rpcQuantity,
  withdrawals: listOf(rpcWithdrawal, listMax).nullish(),
  withdrawalsRoot: rpcHash.nullish(),
  blobGasUsed: rpcQuantity.nullish(),
  excessBlobGas: rpcQuantity.nullish(),
  parentBeaconBlockRoot: rpcHash.nullish(),
  transactions: listOf(
    z.union([
      rpcDeposit.transform(({ raw }) => raw),
      rpcSignedTransaction.transform((tx): Hex => encodeRpcTransaction(tx)),
    ]),
    listMax,
  ),
})

const cacheBlocks = 64
const cacheBytes = 16 * 1024 * 1024

/**
 * The L2Source port on the execution engine's `eth_` methods. Transactions are rebuilt to their EIP-2718 bytes and
 * each is checked against the hash that the engine gave. Blocks are cached by hash only.
 */
export function createL2Source(options: {
  readonly rpc: Pick<JsonRpcClient, 'request'>
  readonly forks: ForkSchedule
}): L2Source {
  const { rpc, forks } = options
  const blocks = createLruCache<Hash, L2Block>(cacheBlocks, { max: cacheBytes, of: blockBytes })

  async function block(method: string, id: string, signal?: AbortSignal): Promise<L2Block | null> {
    const answer = await orAbsent(rpc.request(method, [id, true], signal))
    if (answer === null) return null
    const found = toL2Block(parseAnswer(rpcBlock, answer, `L2 ${method} ${id}`), forks)
    blocks.set(found.payload.blockHash, found)
    return found
  }

  async function blockByHash(hash: Hash, signal?: AbortSignal): Promise<L2Block | null> {
    const cached = blocks.get(hash)
    if (cached !== undefined) return cached
    const found = await block('eth_getBlockByHash', hash, signal)
    if (found !== null && found.payload.blockHash !== hash)
      throw new RpcAnswerError(`L2 block ${hash}: the engine answered block ${found.payload.blockHash}`)
    return found
  }

  return {
    async chainId(signal) {
      return parseAnswer(rpcQuantity, await rpc.request('eth_chainId', [], signal), 'L2 eth_chainId')
    },
    blockByLabel: (label, signal) => block('eth_getBlockByNumber', label, signal),
    async blockByNumber(number, signal) {
      const found = await block('eth_getBlockByNumber', `0x${number.toString(16)}`, signal)
      if (found !== null && found.payload.blockNumber !== number)
        throw new RpcAnswerError(`L2 block ${number}: the engine answered block ${found.payload.blockNumber}`)
      return found
    },
    blockByHash,
    syncProgress: (signal) => readSyncProgress(rpc, signal),
    async storageRoot(address, blockHash, signal) {
      const owner = await blockByHash(blockHash, signal)
      if (owner === null) throw new RpcAnswerError(`L2 block ${blockHash}: the engine does not have it`)
      const answer = await rpc.request('eth_getProof', [address, [], blockHash], signal)
      const proof = parseAnswer(rpcProof, answer, `L2 eth_getProof ${address}`)
      const account = verifyAccountProof({
        stateRoot: owner.payload.stateRoot,
        address,
        proof: proof.accountProof,
      })
      return account.storageHash
    },
  }
}

/** About; hex text has a byte for each digit. */
function blockBytes({ payload }: L2Block): number {
  return payload.transactions.reduce((bytes, raw) => bytes + 50 + raw.length, 2_000)
}

function toL2Block(block: z.output<typeof rpcBlock>, forks: ForkSchedule): L2Block {
  // Before Isthmus the header's root is that of the empty list and no part of a payload.
  const isthmus = isForkActive(forks, 'isthmus', block.timestamp)
  return {
    payload: {
      parentHash: block.parentHash,
      feeRecipient: block.miner,
      stateRoot: block.stateRoot,
      receiptsRoot: block.receiptsRoot,
      logsBloom: block.logsBloom,
      prevRandao: block.mixHash,
      blockNumber: block.number,
      gasLimit: block.gasLimit,
      gasUsed: block.gasUsed,
      timestamp: block.timestamp,
      extraData: block.extraData,
      baseFeePerGas: block.baseFeePerGas,
      blockHash: block.hash,
      transactions: block.transactions,
      ...(block.withdrawals == null ? {} : { withdrawals: block.withdrawals }),
      ...(block.blobGasUsed == null ? {} : { blobGasUsed: block.blobGasUsed }),
      ...(block.excessBlobGas == null ? {} : { excessBlobGas: block.excessBlobGas }),
      ...(isthmus && block.withdrawalsRoot != null ? { withdrawalsRoot: block.withdrawalsRoot } : {}),
    },
    ...(block.parentBeaconBlockRoot == null ? {} : { parentBeaconBlockRoot: block.parentBeaconBlockRoot }),
  }
}
