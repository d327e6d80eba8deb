import type { Hash } from 'viem'
import type { BlockHeader } from '../chain/header.ts'

/**
 * Headers that sync has verified by hash, so that a new target or another peer does not mean a new download. Bounded;
 * the oldest entry goes first.
 */
export class HeaderCache {
  readonly #headers = new Map<Hash, BlockHeader>()
  readonly #countMax: number

  constructor(countMax: number) {
    this.#countMax = countMax
  }

  get(hash: Hash): BlockHeader | undefined {
    return this.#headers.get(hash)
  }

  set(hash: Hash, header: BlockHeader): void {
    this.#headers.set(hash, header)
    const [oldest] = this.#headers.keys()
    if (this.#headers.size > this.#countMax && oldest !== undefined) this.#headers.delete(oldest)
  }

  delete(hash: Hash): void {
    this.#headers.delete(hash)
  }

  clear(): void {
    this.#headers.clear()
  }
}
