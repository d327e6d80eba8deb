import type { Address, Hash } from 'viem'
import {
  bytesToHex,
  bytesToUint,
  concatBytes,
  hexToBytes,
  uintToBytes,
} from '../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../node/protocol/hash.ts'
import { keccak256Bytes } from '../../../node/protocol/keccak.ts'
import { decodeTrieNode, encodeTrieNode } from './state/trie-node.ts'
import type { StateBatch } from './types.ts'

/** What the model executor keeps of a state: which blocks led to it, and how many transactions each account has sent. */
export interface ModelState {
  /** 32 bytes over everything that led here. */
  readonly digest: Uint8Array
  readonly nonces: ReadonlyMap<Address, bigint>
}

/** A state as one node of a trie, so that the stores of states keep, count and prune it as any other. */
export interface EncodedState {
  readonly root: Hash
  readonly batch: StateBatch
}

const addressBytes = 20
const nonceBytes = 8
const digestBytes = 32
/** Below that of an RLP list: the value is no account, and nothing is below it. */
const version = Uint8Array.of(0x01)
const noPath = new Uint8Array()

/** @param under the root under which it is kept, where that is not its own: the genesis block's is given. */
export function encodeModelState({ digest, nonces }: ModelState, under?: Hash): EncodedState {
  const entries = [...nonces].sort(([a], [b]) => (a < b ? -1 : 1))
  const value = concatBytes([
    ...[version, digest],
    ...entries.flatMap(([address, nonce]) => [hexToBytes(address), uintToBytes(nonce, nonceBytes)]),
  ])
  const node = encodeTrieNode({ kind: 'leaf', path: noPath, value }, new Map())
  const root = under ?? keccak256(node)
  return { root, batch: { nodes: new Map([[root, node]]), codes: new Map() } }
}

export function decodeModelState(node: Uint8Array): ModelState {
  const leaf = decodeTrieNode(node)
  if (leaf.kind !== 'leaf' || leaf.value[0] !== version[0])
    throw new Error(
      'expected the state of a model executor, found a trie: engines of two kinds share a store',
    )
  const { value } = leaf
  const nonces = new Map<Address, bigint>()
  for (let at = 1 + digestBytes; at < value.length; at += addressBytes + nonceBytes) {
    const end = at + addressBytes
    nonces.set(bytesToHex(value, at, end), bytesToUint(value.subarray(end, end + nonceBytes)))
  }
  return { digest: value.subarray(1, 1 + digestBytes), nonces }
}

/** The digest after a block with these parts. */
export function nextDigest({ digest }: ModelState, ...parts: readonly Uint8Array[]): Uint8Array {
  return keccak256Bytes(concatBytes([digest, ...parts]))
}
