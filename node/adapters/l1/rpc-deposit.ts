import type { Hex } from 'viem'
import { z } from 'zod'
import { rpcAddress, rpcBytes, rpcHash, rpcQuantity } from '../../json-rpc/schema.ts'
import { hexToBytes } from '../../protocol/bytes.ts'
import { encodeDepositTransaction } from '../../protocol/deposit-transaction.ts'
import { transactionBytesMax } from '../../protocol/payload-limits.ts'
import { checkHash } from './rpc-transaction.ts'

/** The EIP-2718 type of deposits: on every L2, and on an L1 that is an OP Stack chain itself. */
export const depositType = 0x7e

/**
 * A deposit as `eth_getBlockBy…` gives it, with its EIP-2718 bytes, which are checked against its hash. op-geth leaves
 * out what is zero, op-reth writes null.
 */
export const rpcDeposit = z
  .object({
    type: z.literal('0x7e'),
    hash: rpcHash,
    sourceHash: rpcHash,
    from: rpcAddress,
    to: rpcAddress.nullish(),
    mint: rpcQuantity.nullish(),
    value: rpcQuantity,
    gas: rpcQuantity,
    isSystemTx: z.boolean().nullish(),
    input: rpcBytes(transactionBytesMax),
  })
  .transform((tx) => {
    const { hash, from, input } = tx
    const to = tx.to ?? null
    const raw: Hex = encodeDepositTransaction({
      sourceHash: tx.sourceHash,
      from,
      to,
      mint: tx.mint ?? 0n,
      value: tx.value,
      gas: tx.gas,
      isSystemTransaction: tx.isSystemTx ?? false,
      data: input,
    })
    checkHash(hexToBytes(raw), hash)
    return { type: depositType, hash, from, to, input, raw }
  })

export type RpcDeposit = z.output<typeof rpcDeposit>
