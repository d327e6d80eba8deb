import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import {
  RpcAnswerError,
  rpcAddress,
  rpcBytes,
  rpcHash,
  rpcIndex,
  rpcQuantity,
} from '../../json-rpc/schema.ts'
import type { RecoverKey } from '../../ports/recover-key.ts'
import { bytesToHex, hexToBytes } from '../../protocol/bytes.ts'
import { keccak256 } from '../../protocol/hash.ts'
import { keccak256Bytes } from '../../protocol/keccak.ts'
import { listOf } from '../../protocol/list-schema.ts'
import { transactionBytesMax } from '../../protocol/payload-limits.ts'
import { publicKeyAddress } from '../../protocol/public-key-address.ts'
import { type RlpValue, rlpDigits } from '../../protocol/rlp-writer.ts'

/** An address costs 2,400 gas and a key 1,900 (EIP-2930): more than any chain's block can pay for. */
const accessListMax = 262_144
/** One costs 25,000 gas (EIP-7702). */
const authorizationsMax = 32_768
/** MAX_BLOB_COMMITMENTS_PER_BLOCK of the consensus specs, which blob schedules stay below. */
const blobHashesMax = 4096

const accessList = listOf(
  z.object({ address: rpcAddress, storageKeys: listOf(rpcHash, accessListMax) }),
  accessListMax,
)
  .nullish()
  .transform((list) => list ?? [])

const signature = {
  v: rpcQuantity.optional(),
  yParity: rpcQuantity.optional(),
  r: rpcQuantity,
  s: rpcQuantity,
}

const common = {
  hash: rpcHash,
  from: rpcAddress,
  to: rpcAddress.nullish().transform((to) => to ?? null),
  input: rpcBytes(transactionBytesMax),
  nonce: rpcQuantity,
  gas: rpcQuantity,
  value: rpcQuantity,
  ...signature,
}

const typed = { ...common, chainId: rpcQuantity, accessList }
const feeMarket = { ...typed, maxPriorityFeePerGas: rpcQuantity, maxFeePerGas: rpcQuantity }

/** A signed transaction as `eth_getBlockBy…` gives it, of every type that Ethereum knows. */
export const rpcSignedTransaction = z.discriminatedUnion('type', [
  z.object({ ...common, type: z.enum(['0x0', '0x00']).transform(() => 0 as const), gasPrice: rpcQuantity }),
  z.object({ ...typed, type: z.enum(['0x1', '0x01']).transform(() => 1 as const), gasPrice: rpcQuantity }),
  z.object({ ...feeMarket, type: z.enum(['0x2', '0x02']).transform(() => 2 as const) }),
  z.object({
    ...feeMarket,
    type: z.enum(['0x3', '0x03']).transform(() => 3 as const),
    maxFeePerBlobGas: rpcQuantity,
    blobVersionedHashes: listOf(rpcHash, blobHashesMax),
  }),
  z.object({
    ...feeMarket,
    type: z.enum(['0x4', '0x04']).transform(() => 4 as const),
    authorizationList: listOf(
      z.object({
        chainId: rpcQuantity,
        address: rpcAddress,
        nonce: rpcQuantity,
        yParity: rpcQuantity,
        r: rpcQuantity,
        s: rpcQuantity,
      }),
      authorizationsMax,
    ),
  }),
])

/**
 * A transaction of a type that came after this node. Derivation has no use for one, and a block that holds one must
 * still be readable.
 */
export const rpcUnknownTransaction = z.object({
  type: rpcIndex.refine((type) => type > 4 && type !== 0x7e, 'expected a type above 4, and no deposit'),
  hash: rpcHash,
  from: rpcAddress,
  to: rpcAddress.nullish().transform((to) => to ?? null),
  input: rpcBytes(transactionBytesMax),
})

export type RpcUnknownTransaction = z.output<typeof rpcUnknownTransaction>
export type RpcSignedTransaction = z.output<typeof rpcSignedTransaction>

/**
 * The fields before the signature, without the EIP-2718 type byte.
 * Sources: EIP-155, 2930, 1559, 4844, 7702.
 */
function bodyFields(tx: RpcSignedTransaction): RlpValue[] {
  const call = [tx.gas, tx.to ?? '0x', tx.value, tx.input] as const
  if (tx.type === 0) return [tx.nonce, tx.gasPrice, ...call]
  const accessList = tx.accessList.map((item) => [item.address, item.storageKeys])
  if (tx.type === 1) return [tx.chainId, tx.nonce, tx.gasPrice, ...call, accessList]
  const market = [tx.chainId, tx.nonce, tx.maxPriorityFeePerGas, tx.maxFeePerGas, ...call, accessList]
  if (tx.type === 2) return market
  if (tx.type === 3) return [...market, tx.maxFeePerBlobGas, tx.blobVersionedHashes]
  const authorizations = tx.authorizationList.map((item) => [
    item.chainId,
    item.address,
    item.nonce,
    item.yParity,
    item.r,
    item.s,
  ])
  return [...market, authorizations]
}

/** What the sender signed: a replay-protected legacy transaction has the chain id and two empty fields at its end. */
function signedFields(tx: RpcSignedTransaction): RlpValue[] {
  const chainId = tx.type === 0 ? legacyChainId(tx) : null
  return chainId === null ? bodyFields(tx) : [...bodyFields(tx), chainId, '0x', '0x']
}

/** EIP-155: `v` is 35 + 2·chainId + parity; 27 and 28 are signatures without replay protection. */
function legacyChainId(tx: RpcSignedTransaction): bigint | null {
  const v = tx.v ?? 27n
  return v >= 35n ? (v - 35n) / 2n : null
}

function parity(tx: RpcSignedTransaction): 0 | 1 {
  if (tx.type === 0) {
    const v = tx.v ?? 27n
    return v >= 35n ? (Number((v - 35n) % 2n) as 0 | 1) : v === 28n ? 1 : 0
  }
  return (tx.yParity ?? tx.v) === 1n ? 1 : 0
}

/** EIP-2718: what a transaction or receipt of that type has before its list; a legacy one has nothing. */
export function typeDigits(type: number): string {
  return type === 0 ? '' : type.toString(16).padStart(2, '0')
}

function encodeFields(tx: RpcSignedTransaction, fields: RlpValue): Hex {
  return `0x${typeDigits(tx.type)}${rlpDigits(fields)}`
}

/**
 * The EIP-2718 encoding of the transaction.
 * @throws RpcAnswerError when its hash is not the one that the server gave: some field is wrong or unknown to us.
 */
export function encodeRpcTransaction(tx: RpcSignedTransaction): Hex {
  return bytesToHex(rpcTransactionBytes(tx))
}

/** As {@link encodeRpcTransaction}. */
export function rpcTransactionBytes(tx: RpcSignedTransaction): Uint8Array {
  const v = tx.type === 0 ? (tx.v ?? 27n) : BigInt(parity(tx))
  const raw = hexToBytes(encodeFields(tx, [...bodyFields(tx), v, tx.r, tx.s]))
  checkHash(raw, tx.hash)
  return raw
}

/**
 * The sender that the signature proves.
 * @throws RpcAnswerError when the signature is not valid or proves another sender than the server named.
 */
export function recoverSender(tx: RpcSignedTransaction, recoverKey: RecoverKey): Address {
  const digest = keccak256Bytes(hexToBytes(encodeFields(tx, signedFields(tx))))
  let sender: Address
  try {
    sender = publicKeyAddress(recoverKey(digest, { r: tx.r, s: tx.s, parity: parity(tx) }))
  } catch (error) {
    throw new RpcAnswerError(`transaction ${tx.hash}: the signature is not valid`, { cause: error })
  }
  if (sender !== tx.from)
    throw new RpcAnswerError(
      `transaction ${tx.hash}: expected the sender ${sender} that signed it, the server says ${tx.from}`,
    )
  return sender
}

/** @throws RpcAnswerError when the bytes are not those of that hash. */
export function checkHash(raw: Uint8Array, hash: Hash): void {
  const found = keccak256(raw)
  if (found !== hash)
    throw new RpcAnswerError(`transaction ${hash}: its fields encode to another transaction, ${found}`)
}
