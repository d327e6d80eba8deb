import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex } from 'viem'
import { RpcAnswerError } from '../../json-rpc/schema.ts'
import { bytesToHex, hexToBytes } from '../../protocol/bytes.ts'
import { keccak256 } from '../../protocol/hash.ts'
import { emptyTrieRoot } from '../../protocol/ordered-trie-root.ts'

export type RlpNode = Uint8Array | RlpNode[]

export interface TrieProof {
  readonly root: Hash
  /** The key before it is hashed: an address or a slot. */
  readonly key: Hex
  /** The encoded nodes from the root on, as `eth_getProof` gives them; what is not needed is not looked at. */
  readonly proof: readonly Hex[]
  /** What is proven, for errors. */
  readonly what: string
}

/**
 * Walks a proof from the root of a trie of hashed keys (state or storage) to where the key is, or would be.
 * Source: Yellow Paper, appendix D (hexary Patricia trie); EIP-1186.
 * @returns the value's RLP; null when the trie has no such key.
 * @throws RpcAnswerError when a node is not the one that its parent names, or the proof ends too soon.
 */
export function provenValue({ root, key, proof, what }: TrieProof): RlpNode | null {
  const fail = (why: string) => new RpcAnswerError(`proof of ${what}: ${why}`)
  if (root === emptyTrieRoot) return null
  let path = keccak256(hexToBytes(key)).slice(2)
  let reference: RlpNode = hexToBytes(root)
  let used = 0
  // Each step takes a node of the proof or, for one that is embedded in its parent, at least a nibble of the path.
  while (path.length > 0) {
    let node: RlpNode = reference
    if (reference instanceof Uint8Array) {
      const raw: Hex | undefined = proof[used++]
      if (raw === undefined) throw fail('it ends too soon')
      const bytes = hexToBytes(raw)
      if (keccak256(bytes) !== bytesToHex(reference))
        throw fail(`expected node ${bytesToHex(reference)}, got ${keccak256(bytes)}`)
      node = decodeRlp(bytes, fail)
    }
    if (node instanceof Uint8Array) throw fail('a node is not a list')
    if (node.length === 17) {
      const next: RlpNode | undefined = node[Number.parseInt(path[0] as string, 16)]
      path = path.slice(1)
      if (next === undefined || next.length === 0) return null
      reference = next
      continue
    }
    const [encodedPath, value] = node
    if (node.length !== 2 || !(encodedPath instanceof Uint8Array) || value === undefined)
      throw fail('a node is malformed')
    const { nibbles, isLeaf } = decodePath(bytesToHex(encodedPath))
    if (!path.startsWith(nibbles) || (isLeaf && path !== nibbles)) return null
    if (isLeaf) return value instanceof Uint8Array ? decodeRlp(value, fail) : value
    if (nibbles === '') throw fail('a node is malformed')
    path = path.slice(nibbles.length)
    reference = value
  }
  throw fail('it leads past the key')
}

function decodeRlp(bytes: Uint8Array, fail: (why: string) => Error): RlpNode {
  try {
    return RLP.decode(bytes) as RlpNode
  } catch {
    throw fail('a node is not RLP')
  }
}

/** Hex-prefix encoding: bit 1 of the first nibble marks a leaf, bit 0 an odd number of nibbles. */
function decodePath(encoded: Hex): { readonly nibbles: string; readonly isLeaf: boolean } {
  const flags = Number.parseInt(encoded[2] ?? '0', 16)
  return { nibbles: encoded.slice((flags & 1) === 1 ? 3 : 4), isLeaf: (flags & 2) === 2 }
}
