import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../node/json-rpc/errors.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import type { L1BlockRef } from '../../node/protocol/refs.ts'
import type { OrphanedBlock } from './fork-tree.ts'

const quantity = z
  .string()
  .regex(/^0x[0-9a-f]+$/)
  .transform(BigInt)
const hash = z.string().regex(/^0x[0-9a-f]{64}$/) as unknown as z.ZodType<Hash>
const refSchema = z.object({ hash, number: quantity, parentHash: hash, timestamp: quantity })
const fullBlockSchema = z.looseObject({
  transactions: z.array(z.looseObject({ hash, blobVersionedHashes: z.array(hash).optional() })),
})
const receiptsSchema = z.array(z.looseObject({}))
const pendingSchema = z.object({
  pending: z.record(z.string(), z.record(z.string(), z.looseObject({ hash, to: z.string().nullish() }))),
})

/** The calls that the controller makes to anvil itself. */
export interface AnvilClient {
  readonly rpc: JsonRpcClient
  block(at: bigint | 'latest'): Promise<L1BlockRef | null>
  /** A block with everything the gateway needs to keep answering for it. */
  fullBlock(ref: L1BlockRef): Promise<OrphanedBlock>
  pending(to?: Address): Promise<readonly Hash[]>
  /** Hands raw transactions to the pool; those that no longer fit are left out. */
  resubmit(transactions: readonly Hex[]): Promise<void>
  rawTransaction(hash: Hash): Promise<Hex>
  drop(hash: Hash): Promise<void>
  setFeeRecipient(address: Address): Promise<void>
  /** From now on anvil takes blob transactions without their blobs, as it takes them from accounts that it impersonates. */
  acceptBlobTransactions(): Promise<void>
  mine(timestamp: bigint): Promise<void>
  rollback(depth: number): Promise<void>
}

export function createAnvilClient(url: string): AnvilClient {
  const rpc = createHttpRpcClient({ url, timeoutMs: 30_000 })
  const hex = (value: bigint) => `0x${value.toString(16)}`
  return {
    rpc,
    async block(at) {
      const block = await rpc.request('eth_getBlockByNumber', [at === 'latest' ? at : hex(at), false])
      return block === null ? null : refSchema.parse(block)
    },
    async fullBlock(ref) {
      const [block, receipts] = await Promise.all([
        rpc.request('eth_getBlockByHash', [ref.hash, true]),
        rpc.request('eth_getBlockReceipts', [hex(ref.number)]),
      ])
      return { ref, block: fullBlockSchema.parse(block), receipts: receiptsSchema.parse(receipts) }
    },
    async pending(to) {
      const content = pendingSchema.parse(await rpc.request('txpool_content', []))
      return Object.values(content.pending)
        .flatMap((byNonce) => Object.values(byNonce))
        .filter((transaction) => to === undefined || transaction.to?.toLowerCase() === to.toLowerCase())
        .map((transaction) => transaction.hash)
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
    rawTransaction: async (txHash) =>
      z
        .string()
        .startsWith('0x')
        .parse(await rpc.request('eth_getRawTransactionByHash', [txHash])) as Hex,
    drop: async (txHash) => void (await rpc.request('anvil_dropTransaction', [txHash])),
    acceptBlobTransactions: async () => void (await rpc.request('anvil_autoImpersonateAccount', [true])),
    setFeeRecipient: async (address) => void (await rpc.request('anvil_setCoinbase', [address])),
    mine: async (timestamp) => void (await rpc.request('evm_mine', [hex(timestamp)])),
    rollback: async (depth) => void (await rpc.request('anvil_rollback', [depth])),
  }
}
