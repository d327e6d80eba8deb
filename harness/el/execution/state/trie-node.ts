import type { Hash } from 'viem'
import { bytesToHex, hexToBytes } from '../../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../../node/protocol/hash.ts'
import { readRlpItem } from '../../../../node/protocol/rlp-reader.ts'
import { rlpList, rlpString } from '../../../../node/protocol/rlp-writer.ts'

/**
 * A node of a Merkle Patricia trie whose keys are all 32-byte hashes, so that a branch never holds a value. Nodes are
 * values: changing a trie makes new ones, and a decoded node can be shared and cached.
 * Source: Ethereum yellow paper, appendix D.
 */
export type TrieNode = LeafNode | ExtensionNode | BranchNode

/** A node by its hash, or the node itself: when it is new, or when its encoding is shorter than a hash. */
export type TrieLink = Hash | TrieNode

export interface LeafNode {
  readonly kind: 'leaf'
  /** Remaining nibbles of the key, one per byte. */
  readonly path: Uint8Array
  readonly value: Uint8Array
}

export interface ExtensionNode {
  readonly kind: 'extension'
  /** At least one nibble. */
  readonly path: Uint8Array
  /** Always a branch. */
  readonly child: TrieLink
}

export interface BranchNode {
  readonly kind: 'branch'
  /** Sixteen, at least two of them present. */
  readonly children: readonly (TrieLink | null)[]
}

const emptyString = Uint8Array.of(0x80)

/** One nibble per byte. */
export function nibblesOf(key: Uint8Array): Uint8Array {
  const nibbles = new Uint8Array(key.length * 2)
  for (let index = 0; index < key.length; index++) {
    const byte = key[index]!
    nibbles[index * 2] = byte >> 4
    nibbles[index * 2 + 1] = byte & 15
  }
  return nibbles
}

/** @throws Error when the bytes are not a node of a trie with hashed keys. */
export function decodeTrieNode(bytes: Uint8Array): TrieNode {
  return decodeAt(bytes, 0)
}

function decodeAt(bytes: Uint8Array, offset: number): TrieNode {
  const list = readRlpItem(bytes, offset)
  const items: number[] = []
  for (let cursor = list.start; cursor < list.end && items.length <= 17; ) {
    items.push(cursor)
    cursor = readRlpItem(bytes, cursor, list.end).end
  }
  if (list.isList && items.length === 17)
    return { kind: 'branch', children: items.slice(0, 16).map((item) => linkAt(bytes, item)) }
  if (!list.isList || items.length !== 2)
    throw new Error(`expected a trie node of 2 or 17 items, found ${list.isList ? items.length : 'a string'}`)
  const prefix = readRlpItem(bytes, items[0]!)
  const first = bytes[prefix.start]!
  const packed = nibblesOf(bytes.subarray(prefix.start, prefix.end))
  const path = packed.subarray((first >> 4) & 1 ? 1 : 2)
  if ((first >> 5) & 1) {
    const value = readRlpItem(bytes, items[1]!)
    return { kind: 'leaf', path, value: bytes.subarray(value.start, value.end) }
  }
  const child = linkAt(bytes, items[1]!)
  if (child === null) throw new Error('expected a child of the extension node, found none')
  return { kind: 'extension', path, child }
}

function linkAt(bytes: Uint8Array, offset: number): TrieLink | null {
  const item = readRlpItem(bytes, offset)
  if (item.isList) return decodeAt(bytes, offset)
  if (item.start === item.end) return null
  if (item.end - item.start !== 32)
    throw new Error(`expected a node hash of 32 bytes, found ${item.end - item.start}`)
  return bytesToHex(bytes, item.start, item.end)
}

/** Encodes the node; every new node below it goes to `sink` under its hash, unless it is embedded in its parent. */
export function encodeTrieNode(node: TrieNode, sink: Map<Hash, Uint8Array>): Uint8Array {
  if (node.kind === 'leaf') return rlpList([rlpString(packPath(node.path, true)), rlpString(node.value)])
  if (node.kind === 'extension')
    return rlpList([rlpString(packPath(node.path, false)), encodeLink(node.child, sink)])
  const items = node.children.map((child) => (child === null ? emptyString : encodeLink(child, sink)))
  items.push(emptyString)
  return rlpList(items)
}

function encodeLink(link: TrieLink, sink: Map<Hash, Uint8Array>): Uint8Array {
  if (typeof link === 'string') return rlpString(hexToBytes(link))
  const encoded = encodeTrieNode(link, sink)
  if (encoded.length < 32) return encoded
  const hash = keccak256(encoded)
  sink.set(hash, encoded)
  return rlpString(hexToBytes(hash))
}

/** Hex-prefix encoding: a flag nibble for leaf and parity, then the path. */
function packPath(path: Uint8Array, isLeaf: boolean): Uint8Array {
  const odd = path.length & 1
  const packed = new Uint8Array(1 + (path.length >> 1))
  packed[0] = ((isLeaf ? 2 : 0) + odd) << 4
  if (odd) packed[0] |= path[0]!
  for (let index = odd, out = 1; index < path.length; index += 2)
    packed[out++] = (path[index]! << 4) | path[index + 1]!
  return packed
}
