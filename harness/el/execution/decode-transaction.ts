import type { Address, Hash, Hex } from 'viem'
import { recoverKey } from '../../../node/adapters/secp256k1/recover-key.ts'
import { DecodeError } from '../../../node/protocol/byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes } from '../../../node/protocol/bytes.ts'
import { decodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { keccak256Bytes } from '../../../node/protocol/keccak.ts'
import { publicKeyAddress } from '../../../node/protocol/public-key-address.ts'
import { RlpReader, readRlpItem } from '../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpUint } from '../../../node/protocol/rlp-writer.ts'
import { LruMap } from './lru-map.ts'
import {
  type AccessListEntry,
  type Authorization,
  type SignedTransaction,
  type Transaction,
  type TransactionBlobs,
  TransactionError,
  transactionTypes,
} from './transaction.ts'

/** Senders kept, by transaction hash: recovering one is most of the work of decoding, and a transaction is seen several times. */
const sendersMax = 16_384
/** Of secp256k1. */
const curveOrder = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
/** EIP-7702. */
const authorizationMagic = 0x05
/** EIP-4844, VERSIONED_HASH_VERSION_KZG. */
const kzgVersion = '0x01'

interface Signature {
  readonly r: bigint
  readonly s: bigint
  readonly yParity: number
}

/** What a signed encoding says, and what was signed. */
interface Decoded {
  readonly fields: Omit<SignedTransaction, 'kind' | 'raw' | 'bytes' | 'hash' | 'from'>
  readonly signature: Signature
  readonly signingHash: Uint8Array
}

/**
 * Decodes transactions of one chain as strictly as geth: canonical RLP, nothing after the end, signatures with low `s`.
 * Remembers senders.
 */
export class TransactionDecoder {
  readonly #chainId: bigint
  readonly #blobsMax: bigint
  readonly #senders = new LruMap<Hash, Address>(sendersMax)

  /** @param blobsMax of one transaction; 0 on a chain without blob transactions. */
  constructor(chainId: bigint, blobsMax = 0n) {
    this.#chainId = chainId
    this.#blobsMax = blobsMax
  }

  /** @throws TransactionError: undecodable, unsupported type, or wrong chain id. */
  decode(raw: Hex): Transaction {
    try {
      return this.#decode(raw)
    } catch (error) {
      if (error instanceof DecodeError) throw new TransactionError('undecodable', error.message)
      throw error
    }
  }

  #decode(raw: Hex): Transaction {
    const bytes = hexToBytes(raw)
    const hash = bytesToHex(keccak256Bytes(bytes))
    const type = bytes[0] ?? 0
    if (type === transactionTypes.deposit) {
      const deposit = decodeDepositTransaction(raw)
      return { ...deposit, kind: 'deposit', raw, bytes, hash, type, data: hexToBytes(deposit.data) }
    }
    const { fields, signature, signingHash } =
      type >= 0xc0
        ? decodeLegacy(bytes, this.#chainId)
        : decodeTyped(bytes, type, this.#chainId, this.#blobsMax)
    let from = this.#senders.get(hash)
    if (from === undefined) {
      from = recoverSigner(signingHash, signature)
      this.#senders.set(hash, from)
    }
    return { ...fields, kind: 'signed', raw, bytes, hash, from }
  }
}

function openList(bytes: Uint8Array, offset: number): { reader: RlpReader; start: number } {
  const item = readRlpItem(bytes, offset)
  if (!item.isList) throw new DecodeError('expected an RLP list, found a string')
  if (item.end !== bytes.length)
    throw new DecodeError(`expected the transaction to end at byte ${item.end}, found ${bytes.length} bytes`)
  return { reader: new RlpReader(bytes, item.start, item.end), start: item.start }
}

/** EIP-155 and the unprotected encoding before it, which is still valid. */
function decodeLegacy(bytes: Uint8Array, chainId: bigint): Decoded {
  const { reader, start } = openList(bytes, 0)
  const nonce = reader.uint64()
  const gasPrice = reader.uint(32)
  const gas = reader.uint64()
  const to = reader.addressOrNull()
  const value = reader.uint(32)
  const data = reader.string()
  const signed = bytes.subarray(start, reader.offset)
  const v = reader.uint(32)
  const [r, s] = [reader.uint(32), reader.uint(32)]
  reader.expectEnd()
  const isProtected = v !== 27n && v !== 28n
  if (isProtected && v !== chainId * 2n + 35n && v !== chainId * 2n + 36n)
    throw new TransactionError('wrong chain id', `expected v for chain ${chainId}, found ${v}`)
  const protection = isProtected ? [rlpUint(chainId), rlpUint(0n), rlpUint(0n)] : []
  return {
    fields: {
      type: transactionTypes.legacy,
      nonce,
      maxFeePerGas: gasPrice,
      maxPriorityFeePerGas: gasPrice,
      gas,
      to,
      value,
      data,
      accessList: [],
    },
    signature: { r, s, yParity: Number(isProtected ? v - chainId * 2n - 35n : v - 27n) },
    signingHash: keccak256Bytes(rlpList([signed, ...protection])),
  }
}

/** EIP-2930, EIP-1559, EIP-4844, EIP-7702. */
function decodeTyped(bytes: Uint8Array, type: number, chainId: bigint, blobsMax: bigint): Decoded {
  const { accessList, dynamicFee, blob, setCode } = transactionTypes
  const takesBlobs = blobsMax > 0n && type === blob
  if (type !== accessList && type !== dynamicFee && type !== setCode && !takesBlobs)
    throw new TransactionError(
      'unsupported type',
      `expected 0, 1, 2, 4 or 0x7e, found ${type}${type === 3 ? ' (blob transactions are disabled)' : ''}`,
    )
  const { reader, start } = openList(bytes, 1)
  const found = reader.uint(32)
  if (found !== chainId) throw new TransactionError('wrong chain id', `expected ${chainId}, found ${found}`)
  const nonce = reader.uint64()
  const maxPriorityFeePerGas = reader.uint(32)
  const maxFeePerGas = type === accessList ? maxPriorityFeePerGas : reader.uint(32)
  const gas = reader.uint64()
  const to = type === setCode || type === blob ? reader.address() : reader.addressOrNull()
  const value = reader.uint(32)
  const data = reader.string()
  const entries = decodeAccessList(reader.list())
  const blobs = type === blob ? decodeBlobs(reader, blobsMax) : undefined
  const authorizations = type === setCode ? decodeAuthorizations(reader.list()) : undefined
  const signed = bytes.subarray(start, reader.offset)
  const yParity = Number(reader.uint(1))
  const [r, s] = [reader.uint(32), reader.uint(32)]
  reader.expectEnd()
  if (yParity > 1) throw new DecodeError(`expected yParity 0 or 1, found ${yParity}`)
  return {
    fields: {
      type,
      nonce,
      maxFeePerGas,
      maxPriorityFeePerGas,
      gas,
      to,
      value,
      data,
      accessList: entries,
      ...(blobs === undefined ? {} : { blobs }),
      ...(authorizations === undefined ? {} : { authorizations }),
    },
    signature: { r, s, yParity },
    signingHash: keccak256Bytes(concatBytes([Uint8Array.of(type), rlpList([signed])])),
  }
}

function decodeAccessList(list: RlpReader): AccessListEntry[] {
  const entries: AccessListEntry[] = []
  while (!list.done) {
    const entry = list.list()
    const address = entry.address()
    const keys = entry.list()
    const slots: Hex[] = []
    while (!keys.done) slots.push(keys.hash())
    entry.expectEnd()
    entries.push({ address, slots })
  }
  return entries
}

/** EIP-4844, "Blob transaction" and "Block validity": at least one, not more than a block takes, each by a KZG commitment. */
function decodeBlobs(reader: RlpReader, blobsMax: bigint): TransactionBlobs {
  const maxFeePerBlobGas = reader.uint(32)
  const list = reader.list()
  const versionedHashes: Hash[] = []
  while (!list.done) versionedHashes.push(list.hash())
  const count = versionedHashes.length
  if (count === 0 || BigInt(count) > blobsMax)
    throw new TransactionError('blobs out of bounds', `expected 1 to ${blobsMax} blobs, found ${count}`)
  const foreign = versionedHashes.find((hash) => !hash.startsWith(kzgVersion))
  if (foreign !== undefined)
    throw new TransactionError('blobs out of bounds', `expected hashes of version 1, found ${foreign}`)
  return { versionedHashes, maxFeePerBlobGas }
}

function decodeAuthorizations(list: RlpReader): Authorization[] {
  const authorizations: Authorization[] = []
  while (!list.done) {
    const tuple = list.list()
    const chainId = tuple.uint(32)
    const address = tuple.address()
    const nonce = tuple.uint64()
    const yParity = Number(tuple.uint(1))
    const [r, s] = [tuple.uint(32), tuple.uint(32)]
    tuple.expectEnd()
    authorizations.push(lazyAuthorization({ chainId, address, nonce }, { r, s, yParity }))
  }
  return authorizations
}

/** Who signed is found when it is asked for, in execution: by then the gas for the work is paid. */
function lazyAuthorization(signed: Omit<Authorization, 'authority'>, signature: Signature): Authorization {
  let authority: Address | null | undefined
  return {
    ...signed,
    get authority() {
      if (authority === undefined) authority = authorizationSigner(signed, signature)
      return authority
    },
  }
}

/** `null` when the signature is not valid: such an authorization is skipped, and the transaction is valid. */
export function authorizationSigner(
  authorization: Omit<Authorization, 'authority'>,
  signature: Signature,
): Address | null {
  if (signature.yParity > 1) return null
  const message = rlpList([
    rlpUint(authorization.chainId),
    concatBytes([Uint8Array.of(0x94), hexToBytes(authorization.address)]),
    rlpUint(authorization.nonce),
  ])
  try {
    return recoverSigner(keccak256Bytes(concatBytes([Uint8Array.of(authorizationMagic), message])), signature)
  } catch {
    return null
  }
}

/** @throws DecodeError when no key can have made the signature, or `s` is in the upper half (EIP-2). */
function recoverSigner(hash: Uint8Array, { r, s, yParity }: Signature): Address {
  if (r === 0n || s === 0n || r >= curveOrder || s > curveOrder >> 1n)
    throw new DecodeError(`expected a signature with r and s in range, found r ${r}, s ${s}`)
  try {
    return publicKeyAddress(recoverKey(hash, { r, s, parity: yParity === 1 ? 1 : 0 }))
  } catch (error) {
    throw new DecodeError(`expected a signature that a key can have made, found r ${r}, s ${s}`, {
      cause: error,
    })
  }
}

/** Address of the contract that a creation by `from` with that nonce makes. */
export function createdAddress(from: Address, nonce: bigint): Address {
  const list = rlpList([concatBytes([Uint8Array.of(0x94), hexToBytes(from)]), rlpUint(nonce)])
  return bytesToHex(keccak256Bytes(list), 12)
}
