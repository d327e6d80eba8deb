import type { Hash } from 'viem'

interface InvalidEntry {
  readonly badHash: Hash
  readonly latestValidHash: Hash
}

/**
 * Blocks that were executed and found wrong, and descendants that were seen. Bounded, and a bad block is tried again
 * after it was asked for many times, in case that the verdict was ours to blame; geth does the same.
 */
export class InvalidBlocks {
  readonly #entries = new Map<Hash, InvalidEntry>()
  readonly #hits = new Map<Hash, number>()

  static readonly entriesMax = 512
  static readonly hitsMax = 128

  /** `badHash` broke a rule; `latestValidHash` is its parent. `tip` is a descendant through which it was reached. */
  add(badHash: Hash, latestValidHash: Hash, tip: Hash = badHash): void {
    this.#set(badHash, { badHash, latestValidHash })
    if (tip !== badHash) this.#set(tip, { badHash, latestValidHash })
  }

  /** The newest valid ancestor when the block is known to stand on a bad one; remembers `tip` as another such block. */
  latestValidAncestor(hash: Hash, tip: Hash = hash): Hash | undefined {
    const entry = this.#entries.get(hash)
    if (entry === undefined) return undefined
    const hits = (this.#hits.get(entry.badHash) ?? 0) + 1
    if (hits >= InvalidBlocks.hitsMax) {
      this.#forget(entry.badHash)
      return undefined
    }
    this.#hits.set(entry.badHash, hits)
    if (tip !== hash) this.#set(tip, entry)
    return entry.latestValidHash
  }

  #set(hash: Hash, entry: InvalidEntry): void {
    this.#entries.set(hash, entry)
    const [oldest] = this.#entries.keys()
    if (this.#entries.size <= InvalidBlocks.entriesMax || oldest === undefined) return
    this.#hits.delete(oldest)
    this.#entries.delete(oldest)
  }

  #forget(badHash: Hash): void {
    this.#hits.delete(badHash)
    for (const [hash, entry] of this.#entries) if (entry.badHash === badHash) this.#entries.delete(hash)
  }
}
