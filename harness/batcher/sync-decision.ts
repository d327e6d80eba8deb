import { type BlockId, formatRef, isZeroRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'

/** A channel that was handed to L1 and is not safe yet. */
export interface OpenChannel {
  readonly last: L2BlockRef
  /** Under way, included as a whole up to that L1 block, or gone from L1 and its pool at least in part. */
  readonly place: 'pending' | 'lost' | BlockId
}

/** What the batcher knows when it looks at the sequencer's status. */
export interface BatcherView {
  /** The parent of the oldest block that is held; null when nothing is held. */
  readonly base: BlockId | null
  /** Every block that is held, sent or not, consecutive from `base` on. */
  readonly blocks: readonly L2BlockRef[]
  readonly channels: readonly OpenChannel[]
  /** The highest `currentL1` that the sequencer reported on this L1 chain. */
  readonly highestCurrentL1: bigint
  readonly l1Head: bigint
}

export type SyncDecision =
  /** The status says nothing reliable: do nothing. */
  | { readonly kind: 'wait'; readonly reason: string }
  /** What is held does not lead to the sequencer's chain: drop it and continue after the safe head. */
  | { readonly kind: 'restart'; readonly reason: string }
  /** Drop what is safe, read on. */
  | { readonly kind: 'continue' }

/**
 * A channel is only given up when derivation is this many L1 blocks past it: the status of a node that follows another
 * shows the source's progress a moment before the heads that come with it.
 */
const graceL1Blocks = 1n

/**
 * Compares what the batcher holds with the sequencer's status. The rules are those of op-batcher's sync actions, so that
 * a batch is sent again only when it is certain that the first one is lost.
 */
export function decideSync(status: SyncStatus, view: BatcherView): SyncDecision {
  const { currentL1, localSafeL2: safe, unsafeL2: unsafe } = status
  const { base, blocks, channels } = view
  if (isZeroRef(currentL1)) return wait('the sequencer does not know its L1 position yet')
  if (isZeroRef(safe) || isZeroRef(unsafe)) return wait('the sequencer does not know its heads yet')
  const expected = view.highestCurrentL1 < view.l1Head ? view.highestCurrentL1 : view.l1Head
  if (currentL1.number < expected)
    return wait(`the sequencer's L1 position went back to ${currentL1.number}, from ${view.highestCurrentL1}`)
  if (base === null) return restart('start')

  const newest = blocks.at(-1) ?? base
  if (safe.number < base.number) return restart(`the safe head went back to ${formatRef(safe)}`)
  if (safe.number > newest.number) return restart(`the safe head is ahead at ${formatRef(safe)}`)
  const known = safe.number === base.number ? base : blocks[Number(safe.number - base.number) - 1]
  if (known?.hash !== safe.hash) return restart(`another block became safe: ${formatRef(safe)}`)
  if (unsafe.number < newest.number) return restart(`the unsafe head went back to ${formatRef(unsafe)}`)
  if (unsafe.number === newest.number && unsafe.hash !== newest.hash)
    return restart(`the unsafe chain changed at ${formatRef(unsafe)}`)

  for (const { last, place } of channels) {
    if (place === 'lost') return restart(`L1 no longer has the channel up to ${formatRef(last)}`)
    if (place !== 'pending' && currentL1.number > place.number + graceL1Blocks && last.number > safe.number)
      return restart(`L1 was derived past block ${place.number}, and ${formatRef(last)} is not safe`)
  }
  return { kind: 'continue' }
}

function wait(reason: string): SyncDecision {
  return { kind: 'wait', reason }
}

function restart(reason: string): SyncDecision {
  return { kind: 'restart', reason }
}
