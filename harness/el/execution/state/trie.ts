import type { Hash } from 'viem'
import { bytesEqual } from '../../../../node/protocol/bytes.ts'
import { keccak256 } from '../../../../node/protocol/hash.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { encodeTrieNode, nibblesOf, type TrieLink, type TrieNode } from './trie-node.ts'

/** Gives nodes by hash. @throws MissingStateError when it does not have one. */
export type NodeSource = (hash: Hash) => TrieNode

/** Sets the value of a key, or removes the key (`null`). */
export interface TrieChange {
  /** 32 bytes: the hash of an address or a slot. */
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

interface Entry {
  readonly path: Uint8Array
  readonly value: Uint8Array | null
}

/** The value under a 32-byte key; `visit` sees the hash of every node on the way that has one. */
export function trieGet(
  nodes: NodeSource,
  root: Hash,
  key: Uint8Array,
  visit?: (hash: Hash) => void,
): Uint8Array | undefined {
  const path = nibblesOf(key)
  let link: TrieLink | null = root === emptyTrieRoot ? null : root
  let depth = 0
  while (link !== null) {
    if (typeof link === 'string') visit?.(link)
    const node: TrieNode = typeof link === 'string' ? nodes(link) : link
    if (node.kind === 'branch') {
      link = node.children[path[depth]!] ?? null
      depth += 1
      continue
    }
    if (!startsWith(path, depth, node.path)) return undefined
    if (node.kind === 'leaf') return node.value
    link = node.child
    depth += node.path.length
  }
  return undefined
}

/**
 * The root after all changes at once; the new nodes that it reaches go to `sink`. Every changed path is walked and
 * hashed once, and only nodes of the result are made: what a change passes through on its way is never stored.
 * @param changes in any order, each key once.
 */
export function trieUpdate(
  nodes: NodeSource,
  root: Hash,
  changes: readonly TrieChange[],
  sink: Map<Hash, Uint8Array>,
): Hash {
  const entries = changes.map(({ key, value }): Entry => ({ path: nibblesOf(key), value }))
  entries.sort((a, b) => Buffer.compare(a.path, b.path))
  const updated = new Update(nodes).apply(root === emptyTrieRoot ? null : root, entries, 0)
  if (updated === null) return emptyTrieRoot
  if (typeof updated === 'string') return updated
  const encoded = encodeTrieNode(updated, sink)
  const hash = keccak256(encoded)
  sink.set(hash, encoded)
  return hash
}

/** Entries are sorted and agree in their first `depth` nibbles; links that do not change come back as they were. */
class Update {
  readonly #nodes: NodeSource

  constructor(nodes: NodeSource) {
    this.#nodes = nodes
  }

  apply(link: TrieLink | null, entries: readonly Entry[], depth: number): TrieLink | null {
    if (entries.length === 0) return link
    if (link === null) return build(entries, depth)
    const node = this.#resolve(link)
    if (node.kind === 'branch') return this.#applyToBranch(link, node.children, entries, depth)
    if (node.kind === 'leaf') {
      const own = concat(entries[0]!.path.subarray(0, depth), node.path)
      const first = entries[0]!
      if (entries.length === 1 && first.value !== null && bytesEqual(first.path, own))
        return bytesEqual(first.value, node.value) ? link : { ...node, value: first.value }
      const merged = entries.filter((entry) => !bytesEqual(entry.path, own))
      if (merged.length < entries.length) return build(entries, depth)
      if (merged.every((entry) => entry.value === null)) return link
      merged.push({ path: own, value: node.value })
      merged.sort((a, b) => Buffer.compare(a.path, b.path))
      return build(merged, depth)
    }
    return this.#applyToExtension(link, node.path, node.child, entries, depth)
  }

  #applyToExtension(
    link: TrieLink,
    path: Uint8Array,
    child: TrieLink,
    entries: readonly Entry[],
    depth: number,
  ): TrieLink | null {
    let shared = path.length
    const relevant: Entry[] = []
    for (const entry of entries) {
      const common = commonLength(entry.path, depth, path)
      if (common < path.length && entry.value === null) continue // removes what is not there
      relevant.push(entry)
      shared = Math.min(shared, common)
    }
    if (relevant.length === 0) return link
    if (shared === path.length) {
      const updated = this.apply(child, relevant, depth + path.length)
      return updated === child ? link : this.#prefix(path, updated)
    }
    const children: (TrieLink | null)[] = Array(16).fill(null)
    const rest = path.subarray(shared + 1)
    children[path[shared]!] = rest.length === 0 ? child : { kind: 'extension', path: rest, child }
    const branch = this.#applyToBranch(null, children, relevant, depth + shared)
    return this.#prefix(path.subarray(0, shared), branch)
  }

  /** `link` is what the children came from; null when they are new. */
  #applyToBranch(
    link: TrieLink | null,
    children: readonly (TrieLink | null)[],
    entries: readonly Entry[],
    depth: number,
  ): TrieLink | null {
    const updated = [...children]
    let changed = link === null
    for (let start = 0; start < entries.length; ) {
      const nibble = entries[start]!.path[depth]!
      let end = start + 1
      while (end < entries.length && entries[end]!.path[depth] === nibble) end++
      const child = this.apply(updated[nibble]!, entries.slice(start, end), depth + 1)
      if (child !== updated[nibble]) {
        updated[nibble] = child
        changed = true
      }
      start = end
    }
    if (!changed && link !== null) return link
    const present = updated.findIndex((child) => child !== null)
    if (present === -1) return null
    if (updated.some((child, index) => child !== null && index !== present))
      return { kind: 'branch', children: updated }
    return this.#prefix(Uint8Array.of(present), updated[present]!)
  }

  /** The node below `path`, joined with it: an extension never leads to a leaf or to another extension. */
  #prefix(path: Uint8Array, link: TrieLink | null): TrieLink | null {
    if (link === null || path.length === 0) return link
    const node = this.#resolve(link)
    if (node.kind === 'branch') return { kind: 'extension', path, child: link }
    return { ...node, path: concat(path, node.path) }
  }

  #resolve(link: TrieLink): TrieNode {
    return typeof link === 'string' ? this.#nodes(link) : link
  }
}

/** A new trie of the entries that have a value. */
function build(entries: readonly Entry[], depth: number): TrieNode | null {
  const present = entries.filter((entry) => entry.value !== null)
  return present.length === 0 ? null : buildRange(present, 0, present.length, depth)
}

function buildRange(entries: readonly Entry[], from: number, to: number, depth: number): TrieNode {
  const first = entries[from]!
  if (to - from === 1) return { kind: 'leaf', path: first.path.subarray(depth), value: first.value! }
  const last = entries[to - 1]!.path
  let shared = depth
  while (first.path[shared] === last[shared]) shared++
  if (shared > depth) {
    const child = buildRange(entries, from, to, shared)
    return { kind: 'extension', path: first.path.subarray(depth, shared), child }
  }
  const children: (TrieLink | null)[] = Array(16).fill(null)
  for (let start = from; start < to; ) {
    const nibble = entries[start]!.path[depth]!
    let end = start + 1
    while (end < to && entries[end]!.path[depth] === nibble) end++
    children[nibble] = buildRange(entries, start, end, depth + 1)
    start = end
  }
  return { kind: 'branch', children }
}

function commonLength(path: Uint8Array, offset: number, other: Uint8Array): number {
  let length = 0
  while (length < other.length && path[offset + length] === other[length]) length++
  return length
}

function startsWith(path: Uint8Array, offset: number, prefix: Uint8Array): boolean {
  return commonLength(path, offset, prefix) === prefix.length
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const result = new Uint8Array(a.length + b.length)
  result.set(a)
  result.set(b, a.length)
  return result
}
