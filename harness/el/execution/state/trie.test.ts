import { createMPT, type MerklePatriciaTrie } from '@ethereumjs/mpt'
import fc from 'fast-check'
import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { type NodeSource, type TrieChange, trieGet, trieUpdate } from './trie.ts'
import { decodeTrieNode } from './trie-node.ts'

/** Keys that share long prefixes, so that extensions, splits and collapses are common. */
const key = fc
  .array(fc.constantFrom(0x00, 0x01, 0x10, 0xff), { minLength: 4, maxLength: 4 })
  .map((tail) => Uint8Array.from([...new Array(28).fill(7), ...tail].toReversed()))
/** Short values make nodes that are embedded in their parents. */
const value = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 4 }),
  fc.uint8Array({ minLength: 33, maxLength: 60 }),
)
const change = fc.record({ key, value: fc.option(value, { freq: 3 }) })
const batch = fc.uniqueArray(change, { maxLength: 12, selector: ({ key }) => bytesToHex(key) })

function memoryNodes(): { store: Map<Hash, Uint8Array>; nodes: NodeSource } {
  const store = new Map<Hash, Uint8Array>()
  const nodes: NodeSource = (hash) => {
    const encoded = store.get(hash)
    if (encoded === undefined) throw new Error(`no node ${hash}`)
    return decodeTrieNode(encoded)
  }
  return { store, nodes }
}

async function reference(trie: MerklePatriciaTrie, changes: readonly TrieChange[]): Promise<Hash> {
  for (const { key, value } of changes) await (value === null ? trie.del(key) : trie.put(key, value))
  return bytesToHex(trie.root())
}

describe('trieUpdate', () => {
  it('gives the roots of EthereumJS for any sequence of batches', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 5 }), async (batches) => {
        const trie = await createMPT()
        const { store, nodes } = memoryNodes()
        let root: Hash = emptyTrieRoot
        const content = new Map<string, Uint8Array>()
        for (const changes of batches) {
          root = trieUpdate(nodes, root, changes, store)
          expect(root).toBe(await reference(trie, changes))
          for (const { key, value } of changes)
            if (value === null) content.delete(bytesToHex(key))
            else content.set(bytesToHex(key), value)
          for (const { key } of batches.flat())
            expect(trieGet(nodes, root, key)).toEqual(content.get(bytesToHex(key)))
        }
      }),
      { numRuns: 150 },
    )
  })

  it('stores only nodes that the new root reaches', () => {
    fc.assert(
      fc.property(batch, batch, (first, second) => {
        const { store, nodes } = memoryNodes()
        const base = trieUpdate(nodes, emptyTrieRoot, first, store)
        const added = new Map<Hash, Uint8Array>()
        const root = trieUpdate(nodes, base, second, added)
        const all = new Map([...store, ...added])
        const reached = new Set<Hash>()
        const walk = (encoded: Uint8Array | undefined): void => {
          if (encoded === undefined) return
          for (const [hash, node] of all)
            if (!reached.has(hash) && bytesToHex(encoded).includes(hash.slice(2))) {
              reached.add(hash)
              walk(node)
            }
        }
        reached.add(root)
        walk(all.get(root))
        for (const hash of added.keys()) expect(reached.has(hash)).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('does not read what a change does not need', () => {
    const { store, nodes } = memoryNodes()
    const keys = [0x11, 0x22, 0x33].map((byte) => new Uint8Array(32).fill(byte))
    const long = new Uint8Array(40).fill(1)
    const root = trieUpdate(
      nodes,
      emptyTrieRoot,
      keys.map((key) => ({ key, value: long })),
      store,
    )
    const read: Hash[] = []
    const counting: NodeSource = (hash) => {
      read.push(hash)
      return nodes(hash)
    }
    trieUpdate(counting, root, [{ key: keys[0]!, value: new Uint8Array(40).fill(2) }], new Map())
    expect(read).toHaveLength(2)
  })

  it('reads nothing below an extension for a removal beside it: a witness would not hold it', () => {
    const { store, nodes } = memoryNodes()
    const long = new Uint8Array(40).fill(1)
    const keys = [0x00, 0xf0].map((last) => Uint8Array.from([...new Array(31).fill(0x11), last]))
    const root = trieUpdate(
      nodes,
      emptyTrieRoot,
      keys.map((key) => ({ key, value: long })),
      store,
    )
    const only: NodeSource = (hash) => {
      if (hash !== root) throw new Error(`read ${hash}`)
      return nodes(hash)
    }
    // It leaves the extension at its last nibble.
    const absent = Uint8Array.from([...new Array(30).fill(0x11), 0x12, 0x00])
    expect(trieUpdate(only, root, [{ key: absent, value: null }], new Map())).toBe(root)
  })

  it('has the empty root without entries', () => {
    const { store, nodes } = memoryNodes()
    const one = hexToBytes(`0x${'ab'.repeat(32)}`)
    const root = trieUpdate(nodes, emptyTrieRoot, [{ key: one, value: one }], store)
    expect(trieUpdate(nodes, root, [{ key: one, value: null }], store)).toBe(emptyTrieRoot)
    expect(trieUpdate(nodes, emptyTrieRoot, [{ key: one, value: null }], store)).toBe(emptyTrieRoot)
  })
})
