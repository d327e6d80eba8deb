import type { Address, Hash, Hex } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { RlpReader, readRlpItem } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'

/** EIP-2718 type of a deposit. */
export const depositTransactionType = 0x7e

/** Source: specs/protocol/deposits.md, "The Deposited Transaction Type". */
export interface DepositTransaction {
  readonly sourceHash: Hash
  readonly from: Address
  /** `null` creates a contract. */
  readonly to: Address | null
  /** Wei; 0 when nothing is minted. */
  readonly mint: bigint
  /** Wei. */
  readonly value: bigint
  /** Gas limit, uint64. */
  readonly gas: bigint
  /** Always false from Regolith on. */
  readonly isSystemTransaction: boolean
  readonly data: Hex
}

export function encodeDepositTransaction(transaction: DepositTransaction): Hex {
  const body = rlpList([
    rlpString(hexToBytes(transaction.sourceHash)),
    rlpString(hexToBytes(transaction.from)),
    rlpString(transaction.to === null ? new Uint8Array() : hexToBytes(transaction.to)),
    rlpUint(transaction.mint),
    rlpUint(transaction.value),
    rlpUint(transaction.gas),
    rlpUint(transaction.isSystemTransaction ? 1n : 0n),
    rlpString(hexToBytes(transaction.data)),
  ])
  return bytesToHex(concatBytes([Uint8Array.of(depositTransactionType), body]))
}

/** True for the EIP-2718 encoding of a deposit; says nothing about the rest of the encoding. */
export function isDepositTransaction(transaction: Hex): boolean {
  return transaction.startsWith('0x7e')
}

/** @throws DecodeError when the bytes are not exactly one canonical deposit transaction. */
export function decodeDepositTransaction(transaction: Hex): DepositTransaction {
  if (!isDepositTransaction(transaction))
    throw new DecodeError(`expected a deposit transaction (type 0x7e), found ${transaction.slice(0, 4)}`)
  const bytes = hexToBytes(transaction)
  const { end } = readRlpItem(bytes, 1)
  if (end !== bytes.length)
    throw new DecodeError(
      `expected the deposit transaction to end at byte ${end}, found ${bytes.length} bytes`,
    )
  const fields = RlpReader.list(bytes, 1)
  const result: DepositTransaction = {
    sourceHash: fields.hash(),
    from: fields.address(),
    to: fields.addressOrNull(),
    mint: fields.uint(32),
    value: fields.uint(32),
    gas: fields.uint64(),
    isSystemTransaction: fields.boolean(),
    data: fields.hex(),
  }
  fields.expectEnd()
  return result
}

/** `logIndex` counts over all logs of the L1 block. Source: deposits.md, "Source hash computation". */
export function userDepositSourceHash(l1BlockHash: Hash, logIndex: bigint): Hash {
  return sourceHash(0n, concatBytes([hexToBytes(l1BlockHash), uintToBytes(logIndex, 32)]))
}

export function l1InfoSourceHash(l1BlockHash: Hash, sequenceNumber: bigint): Hash {
  return sourceHash(1n, concatBytes([hexToBytes(l1BlockHash), uintToBytes(sequenceNumber, 32)]))
}

/** `intent` names the upgrade transaction, such as `Ecotone: L1 Block Deployment`. */
export function upgradeSourceHash(intent: string): Hash {
  return sourceHash(2n, new TextEncoder().encode(intent))
}

function sourceHash(domain: bigint, identifier: Uint8Array): Hash {
  return keccak256(concatBytes([uintToBytes(domain, 32), hexToBytes(keccak256(identifier))]))
}
