import type { Hash } from 'viem'
import { bytesEqual, bytesToHex } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { readRlpItem } from '../../../../node/protocol/rlp-reader.ts'
import { decodeAccount, emptyStorageRoot } from './account.ts'
import { decodeTrieNode, type TrieLink } from './trie-node.ts'

/** Trie nodes by hash, each with the number of places that it is in: nodes above it, and blocks whose root it is. */
export interface CountedNodes {
  node(hash: Hash): Uint8Array | undefined
  /** 0 for a node that is not there. */
  count(hash: Hash): number
  /** A new node, with the count 1. */
  add(hash: Hash, node: Uint8Array): void
  /** @param count at least 1. */
  setCount(hash: Hash, count: number): void
  remove(hash: Hash): void
}

/**
 * Keeps the state with that root once more: whoever does that releases it once. Nodes that are there already are counted
 * and not looked into, so that the work is that of what is new.
 * @param fresh where nodes are that the store does not have yet.
 * @throws Error when a node is in neither.
 */
export function retainState(
  nodes: CountedNodes,
  root: Hash,
  fresh: (hash: Hash) => Uint8Array | undefined,
): void {
  if (root === emptyTrieRoot) return
  const count = nodes.count(root)
  if (count > 0) {
    nodes.setCount(root, count + 1)
    return
  }
  const node = fresh(root)
  if (node === undefined) throw new Error(`expected trie node ${root} of a state to be kept, found none`)
  // Last: a node that is there has everything below it.
  for (const child of childrenOf(node)) retainState(nodes, child, fresh)
  nodes.add(root, node)
}

/** Undoes one {@link retainState}: what no other state has is removed. A state that is not there is left alone. */
export function releaseState(nodes: CountedNodes, root: Hash): void {
  const count = nodes.count(root)
  if (count === 0) return
  if (count > 1) {
    nodes.setCount(root, count - 1)
    return
  }
  const node = nodes.node(root)
  nodes.remove(root)
  if (node !== undefined) for (const child of childrenOf(node)) releaseState(nodes, child)
}

/**
 * Hashes of the nodes that a node needs, one for each place: below it, and the storage of an account in it. Reads a branch
 * without decoding it: most nodes are branches, and each of them has up to sixteen.
 */
function childrenOf(node: Uint8Array): readonly Hash[] {
  const children: Hash[] = []
  const { start, end } = readRlpItem(node, 0)
  let cursor = start
  let items = 0
  while (cursor < end && (node[cursor] === emptyItem || node[cursor] === hashItem)) {
    items++
    if (node[cursor] === emptyItem) cursor++
    else {
      children.push(bytesToHex(node, cursor + 1, cursor + 33))
      cursor += 33
    }
  }
  // A path and a value can look like two children.
  if (cursor === end && items === 17) return children
  // Another kind of node, or a branch with a small one embedded in it.
  children.length = 0
  collect(decodeTrieNode(node), children)
  return children
}

const emptyItem = 0x80
/** The prefix of a string of 32 bytes. */
const hashItem = 0xa0

function collect(link: TrieLink | null, children: Hash[]): void {
  if (link === null) return
  if (typeof link === 'string') children.push(link)
  else if (link.kind === 'branch') for (const child of link.children) collect(child, children)
  else if (link.kind === 'extension') collect(link.child, children)
  // An account is a list, the value of a slot is a string.
  else if (link.value[0]! >= 0xc0) {
    const { storageRoot } = decodeAccount(link.value)
    if (!bytesEqual(storageRoot, emptyStorageRoot)) children.push(bytesToHex(storageRoot))
  }
}
