import { fromRlp, type Hash, type Hex, hexToBytes, keccak256 } from 'viem'
import { RpcAnswerError } from './rpc-schema.ts'

/** An account as the state trie holds it. */
export interface ProvenAccount {
  readonly storageHash: Hash
  readonly codeHash: Hash
}

type RlpNode = readonly RlpNode[] | Hex

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
  let path = keccak256(options.address).slice(2)
  let reference: RlpNode = options.stateRoot
  let used = 0
  // Each step consumes a proof node or, for a node embedded in its parent, at least one nibble.
  while (used <= options.proof.length) {
    let node: RlpNode = reference
    if (typeof reference === 'string') {
      const raw: Hex | undefined = options.proof[used++]
      if (raw === undefined) throw fail('it ends before the account')
      if (keccak256(raw) !== reference) throw fail(`expected node ${reference}, got ${keccak256(raw)}`)
      node = fromRlp(hexToBytes(raw), 'hex') as RlpNode
    }
    if (typeof node === 'string') throw fail('a node is not a list')
    if (node.length === 17) {
      const next: RlpNode | undefined = node[Number.parseInt(path[0] ?? '', 16)]
      path = path.slice(1)
      if (next === undefined || next === '0x') throw fail('the account does not exist')
      reference = next
      continue
    }
    const [encodedPath, value] = node
    if (node.length !== 2 || typeof encodedPath !== 'string' || value === undefined)
      throw fail('a node is malformed')
    const { nibbles, isLeaf } = decodePath(encodedPath)
    if (!path.startsWith(nibbles) || (isLeaf && path !== nibbles)) throw fail('the account does not exist')
    path = path.slice(nibbles.length)
    if (!isLeaf) {
      reference = value
      continue
    }
    if (typeof value !== 'string') throw fail('the leaf is malformed')
    const account = fromRlp(value, 'hex')
    const [, , storageHash, codeHash] = account
    if (account.length !== 4 || storageHash?.length !== 66 || codeHash?.length !== 66)
      throw fail('the account is malformed')
    return { storageHash: storageHash as Hash, codeHash: codeHash as Hash }
  }
  throw fail('it does not reach the account')
}

/** Hex-prefix encoding: bit 1 of the first nibble marks a leaf, bit 0 an odd number of nibbles. */
function decodePath(encoded: Hex): { readonly nibbles: string; readonly isLeaf: boolean } {
  const flags = Number.parseInt(encoded[2] ?? '0', 16)
  return { nibbles: encoded.slice((flags & 1) === 1 ? 3 : 4), isLeaf: (flags & 2) === 2 }
}
