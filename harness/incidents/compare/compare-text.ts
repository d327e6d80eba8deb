import { type BlockId, formatRef } from '../../../node/protocol/refs.ts'
import type { ComparedBlock } from './block-source.ts'
import type { Comparison } from './compare.ts'

/** Five lines for an operator. */
export function compareText(comparison: Comparison): string {
  const { follower, source, l1Head, difference, comparedTo } = comparison
  return `${[
    difference === null
      ? `chain: the same up to block ${comparedTo}`
      : `chain: block ${difference.number} is the first that differs: follower ${formatRef(difference.a)}, source ${formatRef(difference.b)}${hint(difference.a, difference.b)}`,
    `origins: ${originsText(comparison)}`,
    `unsafe: ${lagText(follower.unsafeL2, source.unsafeL2)}`,
    `local-safe: ${lagText(follower.localSafeL2, source.localSafeL2)}; finalized: ${lagText(follower.finalizedL2, source.finalizedL2)}`,
    `currentL1: ${lagText(follower.currentL1, source.currentL1)}; L1 is at ${l1Head.number}, the follower sees ${follower.headL1.number} of it, the source ${source.headL1.number}`,
  ].join('\n')}\n`
}

function originsText({ offL1 }: Comparison): string {
  const [first] = offL1
  if (first === undefined) return 'every head of both stands on L1'
  const { who, what, block, canonical } = first
  const others = offL1.length === 1 ? '' : ` (and ${offL1.length - 1} more)`
  const instead = canonical === null ? 'which L1 does not have yet' : `where L1 has ${formatRef(canonical)}`
  const stands = what === 'currentL1' ? 'is' : 'stands on'
  return `${what} of the ${who} ${stands} ${formatRef(block)}, ${instead}${others}`
}

function lagText(follower: BlockId, source: BlockId): string {
  const lag = source.number - follower.number
  const word =
    lag === 0n
      ? follower.hash === source.hash
        ? 'the same'
        : 'another block'
      : lag > 0n
        ? `follower ${lag} behind`
        : `source ${-lag} behind`
  return `follower ${follower.number}, source ${source.number}, ${word}`
}

/** What is different in the blocks themselves: the same parent with another content is no fork of L1. */
function hint(a: ComparedBlock, b: ComparedBlock): string {
  const differ = (['timestamp', 'gasLimit', 'transactions'] as const).filter((name) => a[name] !== b[name])
  if (a.origin !== null && b.origin !== null && a.origin.hash !== b.origin.hash)
    return ` (origins ${formatRef(a.origin)} and ${formatRef(b.origin)})`
  const texts = differ.map((name) => `${name} ${String(a[name])} and ${String(b[name])}`)
  return texts.length === 0 ? '' : ` (${texts.join(', ')})`
}
