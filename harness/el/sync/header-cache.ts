import type { Hash } from 'viem'
import type { BlockHeader } from '../chain/header.ts'

/** Of a header, what a way from block to block needs: a tenth of its memory. */
export type HeaderLink = Pick<BlockHeader, 'parentHash' | 'number'>

export interface HeaderCacheLimits {
  readonly linksMax: number
  /** Those that were set last: of headers that come from the top down, the lowest, which are executed first. */
  readonly headersMax: number
}

/**
 * Headers that sync has verified by hash, so that a new target or another peer does not mean a new download. Bounded;
 * the oldest entry goes first.
 */
export class HeaderCache {
  readonly #links = new Map<Hash, HeaderLink>()
  readonly #headers = new Map<Hash, BlockHeader>()
  readonly #limits: HeaderCacheLimits

  constructor(limits: HeaderCacheLimits) {
    this.#limits = limits
  }

  /** `undefined` for a header that has only its link left, or not even that. */
  get(hash: Hash): BlockHeader | undefined {
    return this.#headers.get(hash)
  }

  link(hash: Hash): HeaderLink | undefined {
    return this.#links.get(hash)
  }

  set(hash: Hash, header: BlockHeader): void {
    const { parentHash, number } = header
    setWithin(this.#links, hash, { parentHash, number }, this.#limits.linksMax)
    setWithin(this.#headers, hash, header, this.#limits.headersMax)
  }

  delete(hash: Hash): void {
    this.#links.delete(hash)
    this.#headers.delete(hash)
  }

  clear(): void {
    this.#links.clear()
    this.#headers.clear()
  }
}

function setWithin<V>(map: Map<Hash, V>, hash: Hash, value: V, countMax: number): void {
  map.set(hash, value)
  const [oldest] = map.keys()
  if (map.size > countMax && oldest !== undefined) map.delete(oldest)
}
