import type { Fact } from '../../events/event.ts'
import { type BlockHeader, linkedBlock } from './block-header.ts'

/** Older ones are forgotten: no reorg reaches them. */
const blocksMax = 4_096

/** L1 as one endpoint shows it, block by block: which blocks are new, and which they replaced. */
export interface L1History {
  /** Number of the highest canonical block; −1 before the first. */
  readonly head: number
  isCanonical(block: { readonly number: number; readonly hash: string }): boolean
  /**
   * Takes a head and those of its ancestors that are not known yet, oldest first.
   * @returns what happened. A head that is canonical already and lower than the last one replaces nothing: the endpoint is
   * behind, as one of several behind a load balancer may be.
   */
  add(branch: readonly BlockHeader[]): readonly Fact[]
}

export function createL1History(): L1History {
  const canonical = new Map<number, string>()
  let head = -1
  let fork = 0

  return {
    get head() {
      return head
    },
    isCanonical: ({ number, hash }) => canonical.get(number) === hash,
    add(branch) {
      const facts: Fact[] = []
      const [first] = branch
      if (first === undefined) return facts
      const from = Number(first.number)
      // Not height by height: an endpoint may leap by as many as it likes.
      const orphaned = [...canonical]
        .filter(([number]) => number >= from)
        .map(([number, hash]) => ({ number, hash }))
        .sort((a, b) => a.number - b.number)
      for (const { number } of orphaned) canonical.delete(number)
      if (orphaned.length > 0) fork++
      for (const header of branch) {
        const { number, hash } = linkedBlock(header)
        canonical.set(number, hash)
        head = number
        facts.push({ kind: 'l1-block', block: { number, hash }, timestamp: Number(header.timestamp), fork })
      }
      if (orphaned.length > 0)
        facts.push({
          ...{ kind: 'l1-reorg', orphaned },
          replaced: branch.map((header) => ({ number: Number(header.number), hash: header.hash })),
        })
      for (const number of canonical.keys()) {
        if (canonical.size <= blocksMax) break
        canonical.delete(number)
      }
      return facts
    },
  }
}
