import type { L1Source } from '../ports/l1-source.ts'
import { type BlockId, formatRef } from '../protocol/refs.ts'

/** An L1 block that own L1 does not have at its number. */
export interface CanonicalityMismatch {
  readonly expected: BlockId
  /** What own L1 has at that number; null when its chain is not that long. */
  readonly found: BlockId | null
}

/**
 * Checks number → hash against own L1: existence by hash would also accept an orphan that the L1 still serves.
 * Distinct numbers are asked concurrently, each once.
 * @returns the first mismatch in the order of `blocks`, or null when all are canonical.
 * @throws what the L1 source throws when it cannot be asked.
 */
export async function findNonCanonical(
  l1: L1Source,
  blocks: readonly BlockId[],
  signal?: AbortSignal,
): Promise<CanonicalityMismatch | null> {
  const numbers = [...new Set(blocks.map((block) => block.number))]
  const headers = await Promise.all(numbers.map((number) => l1.headerByNumber(number, signal)))
  const byNumber = new Map(numbers.map((number, index) => [number, headers[index] ?? null]))
  for (const expected of blocks) {
    const found = byNumber.get(expected.number) ?? null
    if (found?.hash !== expected.hash) return { expected, found }
  }
  return null
}

/** One sentence naming both values. */
export function formatMismatch({ expected, found }: CanonicalityMismatch): string {
  return `expected ${formatRef(expected)}, own L1 has ${found === null ? 'no block at that number' : formatRef(found)}`
}
