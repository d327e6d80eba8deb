import type { Hash } from 'viem'
import { bytesToHex } from '../../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../../node/protocol/ordered-trie-root.ts'
import { BlockStore } from '../../chain/block-store.ts'
import { Chain } from '../../chain/chain.ts'
import { createExecutor } from '../../execution/executor.ts'
import { decodeAccount, emptyCodeHash } from '../../execution/state/account.ts'
import { decodeTrieNode, type TrieLink } from '../../execution/state/trie-node.ts'
import type { Genesis, StateStore } from '../../execution/types.ts'
import { silentLogger } from '../../testing/test-el.ts'
import type { Database } from '../database.ts'
import { openDatadir } from '../datadir.ts'

/** A chain on a datadir, as an engine opens it. */
export async function openChain(
  directory: string,
  genesis: Genesis,
  openDatabase?: (directory: string) => Database,
) {
  const datadir = openDatadir(directory, openDatabase)
  try {
    let chain: Chain | null = null
    const executor = createExecutor({
      config: genesis.config,
      store: datadir.state,
      header: (hash) => chain?.store.header(hash),
    })
    const first = await executor.initGenesis(genesis)
    chain = new Chain(
      executor,
      new BlockStore(first, datadir.records(first, genesis.config, 'full')),
      silentLogger,
    )
    return { chain, state: datadir.state, close: () => datadir.close() }
  } catch (error) {
    await datadir.close()
    throw error
  }
}

/**
 * Reads every node and code of a state, storage included.
 * @param seen parts that were read before; grows.
 * @throws Error when one is missing.
 */
export function readWholeState(store: StateStore, root: Hash, seen: Set<Hash>): void {
  const visit = (link: TrieLink | null, onLeaf: (value: Uint8Array) => void): void => {
    if (link === null || link === emptyTrieRoot) return
    let node = link
    if (typeof node === 'string') {
      if (seen.has(node)) return
      const encoded = store.node(node)
      if (encoded === undefined) throw new Error(`node ${node} is missing`)
      seen.add(node)
      node = decodeTrieNode(encoded)
    }
    if (node.kind === 'leaf') onLeaf(node.value)
    else if (node.kind === 'extension') visit(node.child, onLeaf)
    else for (const child of node.children) visit(child, onLeaf)
  }
  visit(root, (value) => {
    const { storageRoot, codeHash } = decodeAccount(value)
    visit(bytesToHex(storageRoot), () => {})
    const hash = bytesToHex(codeHash)
    if (hash !== bytesToHex(emptyCodeHash) && store.code(hash) === undefined)
      throw new Error(`code ${hash} is missing`)
  })
}
