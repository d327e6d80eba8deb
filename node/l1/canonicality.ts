import type { L1Source } from '../ports/l1-source.ts'
import { type BlockId, formatRef, type L1BlockRef } from '../protocol/refs.ts'

/**
 * What own L1 says about a block, by number → hash.
 * - `canonical`: it has that block at that number.
 * - `orphaned`: it has another block there.
 * - `ahead`: its chain is not that long. That proves nothing: own L1 may lag, or may reorg to a chain with the block.
 */
export type CanonicalityVerdict = 'canonical' | 'orphaned' | 'ahead'

/** A block that own L1 does not have at its number, and why. */
export type NonCanonical =
  | { readonly kind: 'orphaned'; readonly expected: BlockId; readonly found: BlockId }
  | { readonly kind: 'ahead'; readonly expected: BlockId }

/** What own L1 is asked. */
export type L1ByNumber = Pick<L1Source, 'headerByNumber'>

/** The verdict when own L1 has `found` at the block's number; null for nothing. */
export function verdictOf(block: BlockId, found: BlockId | null): CanonicalityVerdict {
  if (found === null) return 'ahead'
  return found.hash === block.hash ? 'canonical' : 'orphaned'
}

/**
 * Checks blocks number → hash against own L1: existence by hash would also accept an orphan that the L1 still serves.
 * Distinct numbers are asked concurrently, each once.
 * @returns null when all are canonical; else the first orphan in the order of `blocks`, or without one the first that is
 * ahead: an orphan is a proof, and a block that is ahead is none.
 * @throws what the L1 source throws when it cannot be asked.
 */
export async function findNonCanonical(
  l1: L1ByNumber,
  blocks: readonly BlockId[],
  signal?: AbortSignal,
): Promise<NonCanonical | null> {
  const numbers = [...new Set(blocks.map((block) => block.number))]
  const headers = await Promise.all(numbers.map((number) => l1.headerByNumber(number, signal)))
  const byNumber = new Map<bigint, L1BlockRef | null>(
    numbers.map((number, index) => [number, headers[index] ?? null]),
  )
  let ahead: NonCanonical | null = null
  for (const expected of blocks) {
    const found = byNumber.get(expected.number) ?? null
    if (found === null) ahead ??= { kind: 'ahead', expected }
    else if (verdictOf(expected, found) === 'orphaned') return { kind: 'orphaned', expected, found }
  }
  return ahead
}

/** One sentence naming both values. */
export function formatNonCanonical(fault: NonCanonical): string {
  const expected = `expected ${formatRef(fault.expected)}, own L1`
  return fault.kind === 'ahead'
    ? `${expected} is not that far yet`
    : `${expected} has ${formatRef(fault.found)}`
}
