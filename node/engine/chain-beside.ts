import type { Hash } from 'viem'
import { formatRef, type L2BlockRef } from '../protocol/refs.ts'
import { TemporaryEngineError } from './errors.ts'
import type { WalkReads } from './walk-reads.ts'

/** Where the execution engine has a block: in the chain of its head, beside it, or nowhere. */
export type Place = 'chain' | 'beside' | 'nowhere'

/**
 * An engine that lost a block has a lower head, or another block there. One that has none there contradicts itself: what
 * it denies for a moment takes no label back.
 *
 * @throws TemporaryEngineError then.
 */
export async function placeOf(l2: WalkReads['l2'], head: L2BlockRef, block: L2BlockRef): Promise<Place> {
  if (block.number > head.number) return 'nowhere'
  const found = await l2.blockByNumber(block.number)
  if (found === null)
    throw new TemporaryEngineError(
      `the execution engine has no block ${block.number} although its head is ${formatRef(head)}`,
    )
  if (found.payload.blockHash === block.hash) return 'chain'
  return (await l2.blockByHash(block.hash)) === null ? 'nowhere' : 'beside'
}

/** A chain to start on, with reads by number that are of it. */
export interface StartChain {
  readonly head: L2BlockRef
  readonly reads: WalkReads
}

/**
 * The chain of `top`, which stands beside that of the engine's head, down to `floor`; null when `floor` is not below it.
 *
 * @throws TemporaryEngineError when the execution engine lacks a block of it.
 */
export async function chainBeside(
  reads: WalkReads,
  top: L2BlockRef,
  floor: L2BlockRef,
): Promise<StartChain | null> {
  const hashes = new Map<bigint, Hash>()
  let cursor = top
  for (; cursor.number > floor.number; cursor = await reads.parentOf(cursor))
    hashes.set(cursor.number, cursor.hash)
  if (cursor.hash !== floor.hash) return null
  hashes.set(floor.number, floor.hash)
  const { l2 } = reads
  const blockByNumber = (number: bigint) => {
    const hash = hashes.get(number)
    return hash === undefined ? l2.blockByNumber(number) : l2.blockByHash(hash)
  }
  return { head: top, reads: { ...reads, l2: { ...l2, blockByNumber } } }
}
