import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { formatRef, type L1BlockRef } from '../../node/protocol/refs.ts'

import type { OrphanedBlock } from './fork-tree.ts'

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt)
const hash = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<Hash>
const refSchema = z.object({ hash, number: quantity, parentHash: hash, timestamp: quantity })
const address = z.string().regex(/^0x[0-9a-fA-F]{40}$/) as unknown as z.ZodType<Address>
const fullBlockSchema = z.looseObject({
  transactions: z.array(
    z.looseObject({ hash, from: address, blobVersionedHashes: z.array(hash).optional() }),
  ),
})
const minedBySchema = z.object({ miner: address, baseFeePerGas: quantity })
const receiptsSchema = z.array(z.looseObject({}))
const pooledSchema = z.record(
  z.string(),
  z.record(z.string(), z.looseObject({ hash, from: address, nonce: quantity, to: z.string().nullish() })),
)
const poolSchema = z.object({ pending: pooledSchema, queued: pooledSchema })
const rawSchema = z.string().regex(/^0x([0-9a-f]{2})+$/) as unknown as z.ZodType<Hex>

/** A transaction that waits in anvil's pool. */
export interface PooledTransaction {
  readonly hash: Hash
  readonly sender: Address
  readonly nonce: bigint
  readonly raw: Hex
}

/** The calls that the controller makes to anvil itself. */
export interface AnvilClient {
  readonly rpc: JsonRpcClient
  block(at: bigint | 'latest'): Promise<L1BlockRef | null>
  /** A block with everything the gateway needs to keep answering for it. */
  fullBlock(
    ref: L1BlockRef,
  ): Promise<OrphanedBlock & { readonly feeRecipient: Address; readonly baseFeePerGas: bigint }>
  /** What the next block could hold. */
  pending(to?: Address): Promise<readonly Hash[]>
  /**
   * Everything in the pool, those that wait for an earlier nonce too; each sender's in the order of their nonces.
   * @throws when one of them cannot be read.
   */
  pool(): Promise<readonly PooledTransaction[]>
  /** Hands raw transactions to the pool; those that no longer fit are left out. */
  resubmit(transactions: readonly Hex[]): Promise<void>
  /** @throws when anvil does not have it. */
  rawTransaction(hash: Hash): Promise<Hex>
  /** Empties the pool. */
  dropAll(): Promise<void>
  setFeeRecipient(address: Address): Promise<void>
  /** Of the next block alone, in wei; the ones after it follow from it. */
  setNextBaseFee(baseFeePerGas: bigint): Promise<void>
  /** From now on anvil takes blob transactions without their blobs, as it takes them from accounts that it impersonates. */
  acceptBlobTransactions(): Promise<void>
  /** @throws when anvil does not make the block of that number with that time. */
  mineBlock(number: bigint, timestamp: bigint): Promise<L1BlockRef>
  rollback(depth: number): Promise<void>
}

/** How long a call to anvil may take. */
export const anvilTimeoutMs = 30_000

export function createAnvilClient(rpc: JsonRpcClient): AnvilClient {
  const hex = (value: bigint) => `0x${value.toString(16)}`
  const blockAt = async (at: bigint | 'latest') => {
    const block = await rpc.request('eth_getBlockByNumber', [at === 'latest' ? at : hex(at), false])
    return block === null ? null : refSchema.parse(block)
  }
  const rawTransaction = async (txHash: Hash): Promise<Hex> => {
    const raw = await rpc.request('eth_getRawTransactionByHash', [txHash])
    if (raw === null) throw new Error(`expected anvil to have the transaction ${txHash}, found none`)
    return rawSchema.parse(raw)
  }
  const content = async () => poolSchema.parse(await rpc.request('txpool_content', []))
  return {
    rpc,
    block: blockAt,
    async fullBlock(ref) {
      const [block, receipts] = await Promise.all([
        rpc.request('eth_getBlockByHash', [ref.hash, true]),
        rpc.request('eth_getBlockReceipts', [hex(ref.number)]),
      ])
      const { miner, baseFeePerGas } = minedBySchema.parse(block)
      return {
        ref,
        block: fullBlockSchema.parse(block),
        receipts: receiptsSchema.parse(receipts),
        feeRecipient: miner,
        baseFeePerGas,
      }
    },
    async pending(to) {
      const { pending } = await content()
      return Object.values(pending)
        .flatMap((byNonce) => Object.values(byNonce))
        .filter((transaction) => to === undefined || transaction.to?.toLowerCase() === to.toLowerCase())
        .map((transaction) => transaction.hash)
    },
    async pool() {
      const { pending, queued } = await content()
      const all = [pending, queued].flatMap((part) =>
        Object.values(part).flatMap(Object.values<(typeof part)[string][string]>),
      )
      return Promise.all(
        all
          .toSorted((a, b) => (a.nonce < b.nonce ? -1 : a.nonce > b.nonce ? 1 : 0))
          .map(async ({ hash, from, nonce }) => ({
            hash,
            sender: from,
            nonce,
            raw: await rawTransaction(hash),
          })),
      )
    },
    async resubmit(transactions) {
      for (const raw of transactions) {
        try {
          await rpc.request('eth_sendRawTransaction', [raw])
        } catch (error) {
          if (!(error instanceof JsonRpcError)) throw error
          // Its nonce was used on the new fork, or it is known already: as a real pool, leave it out.
        }
      }
    },
    rawTransaction,
    dropAll: async () => void (await rpc.request('anvil_dropAllTransactions', [])),
    acceptBlobTransactions: async () => void (await rpc.request('anvil_autoImpersonateAccount', [true])),
    setFeeRecipient: async (address) => void (await rpc.request('anvil_setCoinbase', [address])),
    setNextBaseFee: async (baseFeePerGas) =>
      void (await rpc.request('anvil_setNextBlockBaseFeePerGas', [hex(baseFeePerGas)])),
    async mineBlock(number, timestamp) {
      await rpc.request('evm_mine', [hex(timestamp)])
      const block = await blockAt('latest')
      if (block === null || block.number !== number || block.timestamp !== timestamp)
        throw new Error(
          `anvil mined ${block === null ? 'nothing' : `${formatRef(block)} at ${block.timestamp}`}, expected ${number} at ${timestamp}`,
        )
      return block
    },
    rollback: async (depth) => void (await rpc.request('anvil_rollback', [depth])),
  }
}
