import { RLP } from '@ethereumjs/rlp'
import { secp256k1 } from '@noble/curves/secp256k1'
import type { Address, Hash, Hex } from 'viem'
import { z } from 'zod'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from '../protocol/bytes.ts'
import { keccak256 } from '../protocol/hash.ts'
import { publicKeyAddress } from '../protocol/public-key-address.ts'
import { RpcAnswerError, rpcAddress, rpcBytes, rpcHash, rpcIndex, rpcQuantity } from './rpc-schema.ts'

const accessList = z
  .array(z.object({ address: rpcAddress, storageKeys: z.array(rpcHash) }))
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
  input: rpcBytes,
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
    blobVersionedHashes: z.array(rpcHash).max(1024),
  }),
  z.object({
    ...feeMarket,
    type: z.enum(['0x4', '0x04']).transform(() => 4 as const),
    authorizationList: z.array(
      z.object({
        chainId: rpcQuantity,
        address: rpcAddress,
        nonce: rpcQuantity,
        yParity: rpcQuantity,
        r: rpcQuantity,
        s: rpcQuantity,
      }),
    ),
  }),
])

/**
 * A transaction of a type that came after this node. Derivation has no use for one, and a block that holds one must
 * still be readable.
 */
export const rpcUnknownTransaction = z.object({
  type: rpcIndex.refine((type) => type > 4, 'expected a type above 4'),
  hash: rpcHash,
  from: rpcAddress,
  to: rpcAddress.nullish().transform((to) => to ?? null),
  input: rpcBytes,
})

export type RpcUnknownTransaction = z.output<typeof rpcUnknownTransaction>
export type RpcSignedTransaction = z.output<typeof rpcSignedTransaction>

type RlpItem = Uint8Array | RlpItem[]

/**
 * The fields before the signature, without the EIP-2718 type byte.
 * Sources: EIP-155, 2930, 1559, 4844, 7702.
 */
function bodyFields(tx: RpcSignedTransaction): RlpItem[] {
  const to = tx.to === null ? new Uint8Array() : hexToBytes(tx.to)
  const call = [uintToBytes(tx.gas), to, uintToBytes(tx.value), hexToBytes(tx.input)]
  if (tx.type === 0) return [uintToBytes(tx.nonce), uintToBytes(tx.gasPrice), ...call]
  const accessList = tx.accessList.map((item) => [hexToBytes(item.address), item.storageKeys.map(hexToBytes)])
  const start = [uintToBytes(tx.chainId), uintToBytes(tx.nonce)]
  if (tx.type === 1) return [...start, uintToBytes(tx.gasPrice), ...call, accessList]
  const fees = [uintToBytes(tx.maxPriorityFeePerGas), uintToBytes(tx.maxFeePerGas)]
  const market = [...start, ...fees, ...call, accessList]
  if (tx.type === 2) return market
  if (tx.type === 3)
    return [...market, uintToBytes(tx.maxFeePerBlobGas), tx.blobVersionedHashes.map(hexToBytes)]
  const authorizations = tx.authorizationList.map((item) => [
    uintToBytes(item.chainId),
    hexToBytes(item.address),
    uintToBytes(item.nonce),
    uintToBytes(item.yParity),
    uintToBytes(item.r),
    uintToBytes(item.s),
  ])
  return [...market, authorizations]
}

/** What the sender signed: a replay-protected legacy transaction has the chain id and two empty fields at its end. */
function signedFields(tx: RpcSignedTransaction): RlpItem[] {
  const chainId = tx.type === 0 ? legacyChainId(tx) : null
  const protection = chainId === null ? [] : [uintToBytes(chainId), new Uint8Array(), new Uint8Array()]
  return [...bodyFields(tx), ...protection]
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

/** EIP-2718: a legacy transaction is its list, every other one has its type before it. */
function encodeFields(tx: RpcSignedTransaction, fields: RlpItem[]): Uint8Array {
  const list = RLP.encode(fields)
  return tx.type === 0 ? list : concatBytes([Uint8Array.of(tx.type), list])
}

/**
 * The EIP-2718 encoding of the transaction.
 * @throws RpcAnswerError when its hash is not the one that the server gave: some field is wrong or unknown to us.
 */
export function encodeRpcTransaction(tx: RpcSignedTransaction): Hex {
  const v = tx.type === 0 ? (tx.v ?? 27n) : BigInt(parity(tx))
  const raw = encodeFields(tx, [...bodyFields(tx), uintToBytes(v), uintToBytes(tx.r), uintToBytes(tx.s)])
  checkHash(raw, tx.hash)
  return bytesToHex(raw)
}

/**
 * The sender that the signature proves.
 * @throws RpcAnswerError when the signature is not valid or proves another sender than the server named.
 */
export function recoverSender(tx: RpcSignedTransaction): Address {
  const digest = hexToBytes(keccak256(encodeFields(tx, signedFields(tx))))
  let sender: Address
  try {
    const point = new secp256k1.Signature(tx.r, tx.s).addRecoveryBit(parity(tx)).recoverPublicKey(digest)
    sender = publicKeyAddress(point.toBytes(false))
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
