import type { Address, Hash, Hex } from 'viem'
import { emptyOmmersHash, emptyRequestsHash } from '../../../node/protocol/block-hash.ts'
import { hexToBytes, uintToBytes } from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { emptyTrieRoot, orderedTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { RlpReader } from '../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpString } from '../../../node/protocol/rlp-writer.ts'

/** A block header; later fields are absent before their fork. What never varies on an OP Stack chain is not in it. */
export interface BlockHeader {
  readonly parentHash: Hash
  readonly feeRecipient: Address
  readonly stateRoot: Hash
  readonly transactionsRoot: Hash
  readonly receiptsRoot: Hash
  readonly logsBloom: Hex
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds. */
  readonly timestamp: bigint
  readonly extraData: Hex
  readonly prevRandao: Hash
  /** Wei. */
  readonly baseFeePerGas: bigint
  /** Canyon: the root over no withdrawals; Isthmus: storage root of the L2ToL1MessagePasser. */
  readonly withdrawalsRoot?: Hash
  /** Ecotone; from Jovian on the block's DA footprint. */
  readonly blobGasUsed?: bigint
  /** Ecotone. */
  readonly excessBlobGas?: bigint
  /** Ecotone. */
  readonly parentBeaconBlockRoot?: Hash
  /** Isthmus. */
  readonly requestsHash?: Hash
  /** Of a genesis block that has one; 0 and absent everywhere else (EIP-3675). */
  readonly difficulty?: bigint
  /** 8 bytes; as `difficulty`. */
  readonly nonce?: Hex
}

const zeroNonce: Hex = '0x0000000000000000'

/** The RLP encoding whose hash is the block hash. Source: Ethereum yellow paper 4.3; EIPs 1559, 4895, 4844, 4788, 7685. */
export function encodeHeader(header: BlockHeader): Uint8Array {
  const fields: Uint8Array[] = [
    hexToBytes(header.parentHash),
    hexToBytes(emptyOmmersHash),
    hexToBytes(header.feeRecipient),
    hexToBytes(header.stateRoot),
    hexToBytes(header.transactionsRoot),
    hexToBytes(header.receiptsRoot),
    hexToBytes(header.logsBloom),
    uintToBytes(header.difficulty ?? 0n),
    uintToBytes(header.number),
    uintToBytes(header.gasLimit),
    uintToBytes(header.gasUsed),
    uintToBytes(header.timestamp),
    hexToBytes(header.extraData),
    hexToBytes(header.prevRandao),
    hexToBytes(header.nonce ?? zeroNonce),
    uintToBytes(header.baseFeePerGas),
  ]
  if (header.withdrawalsRoot !== undefined) fields.push(hexToBytes(header.withdrawalsRoot))
  if (header.blobGasUsed !== undefined) fields.push(uintToBytes(header.blobGasUsed))
  if (header.excessBlobGas !== undefined) fields.push(uintToBytes(header.excessBlobGas))
  if (header.parentBeaconBlockRoot !== undefined) fields.push(hexToBytes(header.parentBeaconBlockRoot))
  if (header.requestsHash !== undefined) fields.push(hexToBytes(header.requestsHash))
  return rlpList(fields.map(rlpString))
}

/** Headers never change, and the hash of a parent is asked for with each block that is built or executed on it. */
const hashes = new WeakMap<BlockHeader, Hash>()

export function hashHeader(header: BlockHeader): Hash {
  const known = hashes.get(header)
  if (known !== undefined) return known
  const hash = keccak256(encodeHeader(header))
  hashes.set(header, hash)
  return hash
}

/** @throws DecodeError when the bytes are not exactly one header. */
export function decodeHeader(bytes: Uint8Array): BlockHeader {
  const reader = RlpReader.list(bytes)
  const parentHash = reader.hash()
  reader.hash() // ommers
  const feeRecipient = reader.address()
  const stateRoot = reader.hash()
  const transactionsRoot = reader.hash()
  const receiptsRoot = reader.hash()
  const logsBloom = reader.hex(256)
  const difficulty = reader.uint(32)
  const number = reader.uint64()
  const gasLimit = reader.uint64()
  const gasUsed = reader.uint64()
  const timestamp = reader.uint64()
  const extraData = reader.hex()
  const prevRandao = reader.hash()
  const nonce = reader.hex(8)
  const required = {
    parentHash,
    feeRecipient,
    stateRoot,
    transactionsRoot,
    receiptsRoot,
    logsBloom,
    number,
    gasLimit,
    gasUsed,
    timestamp,
    extraData,
    prevRandao,
    baseFeePerGas: reader.uint(32),
    ...(difficulty === 0n ? {} : { difficulty }),
    ...(nonce === zeroNonce ? {} : { nonce }),
  }
  if (reader.done) return required
  const canyon = { ...required, withdrawalsRoot: reader.hash() }
  if (reader.done) return canyon
  const ecotone = {
    ...canyon,
    blobGasUsed: reader.uint64(),
    excessBlobGas: reader.uint64(),
    parentBeaconBlockRoot: reader.hash(),
  }
  if (reader.done) return ecotone
  const isthmus = { ...ecotone, requestsHash: reader.hash() }
  reader.expectEnd()
  return isthmus
}

/** The header that a payload describes; the payload's own fields tell its fork, as in `payloadBlockHash`. */
export function headerFromPayload({ payload, parentBeaconBlockRoot }: PayloadEnvelope): BlockHeader {
  return {
    parentHash: payload.parentHash,
    feeRecipient: payload.feeRecipient,
    stateRoot: payload.stateRoot,
    transactionsRoot: orderedTrieRoot(payload.transactions.map(hexToBytes)),
    receiptsRoot: payload.receiptsRoot,
    logsBloom: payload.logsBloom,
    number: payload.blockNumber,
    gasLimit: payload.gasLimit,
    gasUsed: payload.gasUsed,
    timestamp: payload.timestamp,
    extraData: payload.extraData,
    prevRandao: payload.prevRandao,
    baseFeePerGas: payload.baseFeePerGas,
    ...(payload.withdrawals === undefined
      ? {}
      : { withdrawalsRoot: payload.withdrawalsRoot ?? emptyTrieRoot }),
    ...(payload.blobGasUsed === undefined ? {} : { blobGasUsed: payload.blobGasUsed }),
    ...(payload.excessBlobGas === undefined ? {} : { excessBlobGas: payload.excessBlobGas }),
    ...(parentBeaconBlockRoot === undefined ? {} : { parentBeaconBlockRoot }),
    ...(payload.withdrawalsRoot === undefined ? {} : { requestsHash: emptyRequestsHash }),
  }
}

/** The payload of a block; the inverse of `headerFromPayload`. */
export function payloadFromHeader(
  header: BlockHeader,
  hash: Hash,
  transactions: readonly Hex[],
): PayloadEnvelope {
  const payload: ExecutionPayload = {
    parentHash: header.parentHash,
    feeRecipient: header.feeRecipient,
    stateRoot: header.stateRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    prevRandao: header.prevRandao,
    blockNumber: header.number,
    gasLimit: header.gasLimit,
    gasUsed: header.gasUsed,
    timestamp: header.timestamp,
    extraData: header.extraData,
    baseFeePerGas: header.baseFeePerGas,
    blockHash: hash,
    transactions,
    ...(header.withdrawalsRoot === undefined ? {} : { withdrawals: [] }),
    ...(header.blobGasUsed === undefined ? {} : { blobGasUsed: header.blobGasUsed }),
    ...(header.excessBlobGas === undefined ? {} : { excessBlobGas: header.excessBlobGas }),
    ...(header.requestsHash === undefined || header.withdrawalsRoot === undefined
      ? {}
      : { withdrawalsRoot: header.withdrawalsRoot }),
  }
  return header.parentBeaconBlockRoot === undefined
    ? { payload }
    : { payload, parentBeaconBlockRoot: header.parentBeaconBlockRoot }
}

/** Root over EIP-2718 encodings, as a header has it. */
export function transactionsRootOf(transactions: readonly Hex[]): Hash {
  return orderedTrieRoot(transactions.map(hexToBytes))
}
