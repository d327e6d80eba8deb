import { bytesEqual, hexToBytes } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { RlpReader } from '../../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from '../../../../node/protocol/rlp-writer.ts'

/** An account as the state trie holds it. Source: Ethereum yellow paper, 4.1. */
export interface AccountRecord {
  readonly nonce: bigint
  /** Wei. */
  readonly balance: bigint
  /** Root of the storage trie. */
  readonly storageRoot: Uint8Array
  readonly codeHash: Uint8Array
}

/** keccak256 of nothing. */
export const emptyCodeHash = hexToBytes('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
export const emptyStorageRoot = hexToBytes(emptyTrieRoot)

export const emptyAccount: AccountRecord = {
  nonce: 0n,
  balance: 0n,
  storageRoot: emptyStorageRoot,
  codeHash: emptyCodeHash,
}

/** EIP-161. */
export function isEmptyAccount({ nonce, balance, codeHash }: AccountRecord): boolean {
  return nonce === 0n && balance === 0n && bytesEqual(codeHash, emptyCodeHash)
}

export function decodeAccount(encoded: Uint8Array): AccountRecord {
  const fields = RlpReader.list(encoded)
  return {
    nonce: fields.uint64(),
    balance: fields.uint(32),
    storageRoot: fields.string(32),
    codeHash: fields.string(32),
  }
}

export function encodeAccount(account: AccountRecord): Uint8Array {
  return rlpList([
    rlpUint(account.nonce),
    rlpUint(account.balance),
    rlpString(account.storageRoot),
    rlpString(account.codeHash),
  ])
}

const noBytes = new Uint8Array()

/** The value of a slot as the trie holds it: without leading zeros; empty is zero. */
export function decodeSlot(encoded: Uint8Array | undefined): Uint8Array {
  if (encoded === undefined) return noBytes
  return encoded[0]! < 0x80 ? encoded : encoded.subarray(1)
}

/** `null` removes the slot. */
export function encodeSlot(value: Uint8Array): Uint8Array | null {
  return value.length === 0 ? null : rlpString(value)
}

export function stripZeros(value: Uint8Array): Uint8Array {
  let start = 0
  while (start < value.length && value[start] === 0) start++
  if (start === value.length) return noBytes
  return start === 0 ? value : value.slice(start)
}
