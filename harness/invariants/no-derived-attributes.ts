import type { L2Blocks } from '../events/l2-blocks.ts'
import { type Invariant, shortHash } from './invariant.ts'

/**
 * A following node derives nothing, so it never has its engine build what L1 says. One that does not sequence never asks
 * for a build at all; one that does builds on its head alone, while derived attributes replace the blocks above their
 * parent.
 */
export function noDerivedAttributes({ sequences }: { readonly sequences: boolean }): Invariant {
  /** What the engine confirmed last as its head; null when that is not known. */
  let head: string | null = null
  let started = ''
  return {
    name: 'no-derived-attributes',
    rule: 'a following node asks its engine for no build but, when it sequences, of the next block on its unsafe head',
    judge(evidence, { blocks, starts, engineStarts }) {
      if (evidence.kind !== 'forkchoice') return 'not-judged'
      // Whichever of the two was started again may have another head now.
      if (started !== `${starts} ${engineStarts}`) head = null
      started = `${starts} ${engineStarts}`
      const { method, heads, attributes, status } = evidence.event
      const before = head
      head = status === 'VALID' ? heads.unsafe : null
      if (attributes !== true) return 'holds'
      if (!sequences)
        return {
          violated: `${method} asks for a build on ${place(heads.unsafe, blocks)}, and the node does not sequence`,
        }
      return before !== null && blocks.ancestry(before, heads.unsafe) === 'no'
        ? {
            violated: `${method} asks for a build on ${place(heads.unsafe, blocks)}, which neither is its head ${place(before, blocks)} nor stands on it`,
          }
        : 'holds'
    },
  }
}

function place(hash: string, blocks: L2Blocks): string {
  return `${blocks.numberOf(hash) ?? '?'}:${shortHash(hash)}`
}
