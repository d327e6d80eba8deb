import type { Hash } from 'viem'
import { uintToBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { keccak256Bytes } from './keccak.ts'
import { rlpList, rlpString } from './rlp-writer.ts'

/** Root of the trie without entries: keccak256(rlp('')). */
export const emptyTrieRoot: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'

interface Entry {
  /** rlp(index), one nibble per element. */
  readonly key: Uint8Array
  readonly value: Uint8Array
}

/**
 * Root of the Merkle Patricia trie of rlp(index) → value, which is how a header commits to its transactions, receipts
 * and withdrawals (Ethereum yellow paper, 4.3.2 and appendix D). Synchronous: payload hashes are checked on the hot
 * path, and a trie whose keys are all known at once needs no database.
 */
export function orderedTrieRoot(values: readonly Uint8Array[]): Hash {
  if (values.length === 0) return emptyTrieRoot
  const entry = (value: Uint8Array, index: number): Entry => ({
    key: nibbles(rlpString(uintToBytes(BigInt(index)))),
    value,
  })
  // In the order of their keys: the RLP of 0 is 0x80, after that of 1 to 127, which is one byte, and before the others'.
  const entries = values.slice(1, 128).map((value, index) => entry(value, index + 1))
  entries.push(entry(values[0]!, 0))
  for (let index = 128; index < values.length; index++) entries.push(entry(values[index]!, index))
  return keccak256(encodeNode(entries, 0, entries.length, 0))
}

const emptyString = rlpString(new Uint8Array())

/** RLP of the node over the sorted `entries[from, to)`, which agree in their first `depth` nibbles. */
function encodeNode(entries: readonly Entry[], from: number, to: number, depth: number): Uint8Array {
  const first = entries[from]!
  if (to - from === 1)
    return rlpList([rlpString(hexPrefix(first.key, depth, first.key.length, true)), rlpString(first.value)])
  const last = entries[to - 1]!.key
  let shared = depth
  while (first.key[shared] === last[shared]) shared++
  if (shared > depth)
    return rlpList([
      rlpString(hexPrefix(first.key, depth, shared, false)),
      reference(encodeNode(entries, from, to, shared)),
    ])
  // No key is a prefix of another one, so a branch never has a value.
  const branch = Array.from({ length: 17 }, () => emptyString)
  for (let start = from; start < to; ) {
    const nibble = entries[start]!.key[depth]!
    let end = start + 1
    while (end < to && entries[end]!.key[depth] === nibble) end++
    branch[nibble] = reference(encodeNode(entries, start, end, depth + 1))
    start = end
  }
  return rlpList(branch)
}

/** A node inside its parent: itself when its encoding is shorter than a hash, else its hash. */
function reference(node: Uint8Array): Uint8Array {
  return node.length < 32 ? node : rlpString(keccak256Bytes(node))
}

function nibbles(key: Uint8Array): Uint8Array {
  const result = new Uint8Array(key.length * 2)
  key.forEach((byte, index) => {
    result[index * 2] = byte >> 4
    result[index * 2 + 1] = byte & 15
  })
  return result
}

/** Compact encoding of `key[from, to)` with the leaf flag. */
function hexPrefix(key: Uint8Array, from: number, to: number, isLeaf: boolean): Uint8Array {
  const flag = isLeaf ? 2 : 0
  const odd = (to - from) % 2
  const result = new Uint8Array(1 + (to - from - odd) / 2)
  result[0] = ((flag + odd) << 4) | (odd === 1 ? key[from]! : 0)
  for (let index = from + odd, out = 1; index < to; index += 2)
    result[out++] = (key[index]! << 4) | key[index + 1]!
  return result
}
