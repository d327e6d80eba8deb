import type { Hash } from 'viem'
import { formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'
import { TemporaryEngineError } from './errors.ts'
import type { WalkReads } from './walk-reads.ts'

/** What the execution engine says, and what we know beside that. */
export interface KnownHeads {
  readonly head: L2BlockRef
  /** Its labels. */
  readonly safe: L2BlockRef
  readonly finalized: L2BlockRef
  /** The blocks that we know to be safe and finalized; the zero references after a restart. */
  readonly ourSafe: L2BlockRef
  readonly ourFinalized: L2BlockRef
}

/** A chain to start on. */
export interface StartingChain {
  readonly head: L2BlockRef
  /** Reads by number are of this chain. */
  readonly reads: WalkReads
  readonly finalized: L2BlockRef
  /** The safe label, or the safe block that we know, where it is on this chain. */
  readonly safe: L2BlockRef | null
  /** False when the block that we know to be finalized is nowhere in the engine. */
  readonly hasOurs: boolean
}

/**
 * The chain of the engine's head; but an engine may have synced to a fork beside what was safe or final: that is no head
 * then, for every update about it would be refused. So the chain of its safe label goes before it, where that stands on what
 * is final, and then the final block itself. A safe label that we left ourselves, for a safe block in the chain of the head,
 * says nothing: the engine was not told of the new one yet.
 *
 * @throws TemporaryEngineError when the execution engine denies a block that it must have.
 */
export async function findStartingChain(engine: WalkReads, known: KnownHeads): Promise<StartingChain> {
  const { head, ourSafe, ourFinalized } = known
  const place = (block: L2BlockRef) => placeOf(engine.l2, head, block)
  const [ourPlace, finalPlace, safePlace] = await Promise.all([
    isZeroRef(ourFinalized) ? null : place(ourFinalized),
    place(known.finalized),
    place(known.safe),
  ])
  const hasOurs = ourPlace !== 'nowhere'
  // Its own label may lag behind what we know: a label is only sent once the engine has the block.
  const isOurs = ourPlace !== null && hasOurs && ourFinalized.number >= known.finalized.number
  const finalized = isOurs ? ourFinalized : known.finalized
  const isBesideFinal = (isOurs ? ourPlace : finalPlace) === 'beside'
  const besideSafe = safePlace === 'beside' ? await chainDown(engine, known.safe, finalized) : null
  const besideFinal =
    besideSafe === null && isBesideFinal ? await chainDown(engine, finalized, finalized) : null
  const leaves = async (chain: ChainDown) =>
    !isZeroRef(ourSafe) && (await place(ourSafe)) === 'chain' && !(await contains(chain, ourSafe))
  const isLeft = besideSafe !== null && !isBesideFinal && (await leaves(besideSafe))
  if (isLeft) return { head, reads: engine, finalized, safe: ourSafe, hasOurs }
  return {
    ...(besideSafe ?? besideFinal ?? { head, reads: engine }),
    finalized,
    safe: safePlace === 'chain' || besideSafe !== null ? known.safe : null,
    hasOurs,
  }
}

/**
 * Where the engine has that block: in the chain of its head, beside it, or nowhere. An engine that lost a block has a lower
 * head, or another block there. One that has none there contradicts itself: what it denies for a moment takes no label back.
 */
async function placeOf(
  l2: WalkReads['l2'],
  head: L2BlockRef,
  block: L2BlockRef,
): Promise<'chain' | 'beside' | 'nowhere'> {
  if (block.number > head.number) return 'nowhere'
  const found = await l2.blockByNumber(block.number)
  if (found === null)
    throw new TemporaryEngineError(
      `the execution engine has no block ${block.number} although its head is ${formatRef(head)}`,
    )
  if (found.payload.blockHash === block.hash) return 'chain'
  return (await l2.blockByHash(block.hash)) === null ? 'nowhere' : 'beside'
}

type ChainDown = Pick<StartingChain, 'head' | 'reads'>

async function contains({ head, reads }: ChainDown, block: L2BlockRef): Promise<boolean> {
  if (block.number > head.number) return false
  return (await reads.l2.blockByNumber(block.number))?.payload.blockHash === block.hash
}

/** The chain of `head` down to `floor`, by hash; null when `floor` is not below it. */
async function chainDown(engine: WalkReads, head: L2BlockRef, floor: L2BlockRef): Promise<ChainDown | null> {
  const hashes = new Map<bigint, Hash>()
  let cursor = head
  for (; cursor.number > floor.number; cursor = await engine.parentOf(cursor))
    hashes.set(cursor.number, cursor.hash)
  if (cursor.hash !== floor.hash) return null
  hashes.set(floor.number, floor.hash)
  const { l2 } = engine
  const blockByNumber = (number: bigint) => {
    const hash = hashes.get(number)
    return hash === undefined ? l2.blockByNumber(number) : l2.blockByHash(hash)
  }
  return { head, reads: { ...engine, l2: { ...l2, blockByNumber } } }
}
