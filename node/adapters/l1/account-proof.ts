import { RLP } from '@ethereumjs/rlp'
import type { Hash, Hex } from 'viem'
import { RpcAnswerError } from '../../json-rpc/schema.ts'
import { bytesToHex, hexToBytes } from '../../protocol/bytes.ts'
import { keccak256 } from '../../protocol/hash.ts'

/** An account as the state trie holds it. */
export interface ProvenAccount {
  readonly storageHash: Hash
  readonly codeHash: Hash
}

type RlpNode = Uint8Array | RlpNode[]

/**
 * Walks an `eth_getProof` account proof from the state root to the account's leaf.
 * Source: Yellow Paper, appendix D (hexary Patricia trie); EIP-1186.
 * @throws RpcAnswerError when a node is not the one that its parent names, or the proof ends before the leaf (also for
 * an account that does not exist).
 */
export function verifyAccountProof(options: {
  readonly stateRoot: Hash
  readonly address: Hex
  readonly proof: readonly Hex[]
}): ProvenAccount {
  const fail = (why: string) => new RpcAnswerError(`account proof of ${options.address}: ${why}`)
  let path = keccak256(hexToBytes(options.address)).slice(2)
  let reference: RlpNode = hexToBytes(options.stateRoot)
  let used = 0
  // Each step takes a node of the proof or, for one that is embedded in its parent, at least a nibble of the path.
  while (path.length > 0) {
    let node: RlpNode = reference
    if (reference instanceof Uint8Array) {
      const raw: Hex | undefined = options.proof[used++]
      if (raw === undefined) throw fail('it ends before the account')
      const bytes = hexToBytes(raw)
      if (keccak256(bytes) !== bytesToHex(reference))
        throw fail(`expected node ${bytesToHex(reference)}, got ${keccak256(bytes)}`)
      node = decode(bytes, fail)
    }
    if (node instanceof Uint8Array) throw fail('a node is not a list')
    if (node.length === 17) {
      const next: RlpNode | undefined = node[Number.parseInt(path[0] as string, 16)]
      path = path.slice(1)
      if (next === undefined || next.length === 0) throw fail('the account does not exist')
      reference = next
      continue
    }
    const [encodedPath, value] = node
    if (node.length !== 2 || !(encodedPath instanceof Uint8Array) || value === undefined)
      throw fail('a node is malformed')
    const { nibbles, isLeaf } = decodePath(bytesToHex(encodedPath))
    if (!path.startsWith(nibbles) || (isLeaf && path !== nibbles)) throw fail('the account does not exist')
    if (isLeaf) return readAccount(value, fail)
    if (nibbles === '') throw fail('a node is malformed')
    path = path.slice(nibbles.length)
    reference = value
  }
  throw fail('it does not reach the account')
}

/** rlp([nonce, balance, storageRoot, codeHash]). */
function readAccount(value: RlpNode, fail: (why: string) => Error): ProvenAccount {
  const account = value instanceof Uint8Array ? decode(value, fail) : value
  if (account instanceof Uint8Array || account.length !== 4) throw fail('the account is malformed')
  const hash = (item: RlpNode | undefined): Hash => {
    if (!(item instanceof Uint8Array) || item.length !== 32) throw fail('the account is malformed')
    return bytesToHex(item)
  }
  return { storageHash: hash(account[2]), codeHash: hash(account[3]) }
}

function decode(bytes: Uint8Array, fail: (why: string) => Error): RlpNode {
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
