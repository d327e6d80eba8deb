import type { Hash } from 'viem'
import type { ForkchoiceState } from '../protocol/payload.ts'
import {
  type BlockId,
  formatRef,
  isZeroRef,
  type L2BlockRef,
  sameBlock,
  zeroHash,
  zeroL2BlockRef,
} from '../protocol/refs.ts'
import type { EngineHeads } from './engine-client.ts'

/**
 * True when `candidate` is further than `current`: its number is higher, or `current` is still the zero reference.
 * The second half lets a label reach genesis (number 0, real hash); without it a fresh chain's labels stay zero.
 * Source: follow-mode.md, step 7; ethereum-optimism/optimism#20385.
 */
export function advances(current: BlockId, candidate: BlockId): boolean {
  if (isZeroRef(candidate)) return false
  return isZeroRef(current) || candidate.number > current.number
}

/**
 * The first broken invariant of `finalized ≤ safe ≤ local-safe ≤ unsafe`, as a sentence; null when all hold. Equal
 * numbers must name the same block.
 */
export function brokenInvariant(heads: EngineHeads): string | null {
  const order = [
    ['finalized', heads.finalized],
    ['safe', heads.safe],
    ['local-safe', heads.localSafe],
    ['unsafe', heads.unsafe],
  ] as const
  for (let index = 1; index < order.length; index++) {
    const [lowName, low] = order[index - 1]!
    const [highName, high] = order[index]!
    if (isZeroRef(low)) continue
    if (isZeroRef(high)) return `${lowName} is ${formatRef(low)} although ${highName} is not known`
    if (low.number > high.number)
      return `${lowName} ${formatRef(low)} is above ${highName} ${formatRef(high)}`
    if (low.number === high.number && low.hash !== high.hash)
      return `${lowName} ${formatRef(low)} and ${highName} ${formatRef(high)} are different blocks of one height`
  }
  return null
}

/**
 * The forkchoice update that says these heads. A label whose block the execution engine is not known to have becomes
 * the zero hash, which leaves that label of the engine as it is.
 * Source: execution-apis, engine/paris.md, `ForkchoiceStateV1`; follow-mode.md, step 7.
 */
export function forkchoiceStateOf(heads: EngineHeads, engineHas: (hash: Hash) => boolean): ForkchoiceState {
  const label = (ref: L2BlockRef) => (engineHas(ref.hash) ? ref.hash : zeroHash)
  return {
    headBlockHash: heads.unsafe.hash,
    safeBlockHash: label(heads.safe),
    finalizedBlockHash: label(heads.finalized),
  }
}

/**
 * The heads to tell the execution engine: finalized is not below what it was told before, although an update that
 * failed may have been the one that said so. Finality is not taken back: where it is above what is safe now, the update
 * says nothing of it, which leaves the engine what it has.
 */
export function withFinality(heads: EngineHeads, told: L2BlockRef | null): EngineHeads {
  if (told === null || !advances(heads.finalized, told)) return heads
  const kept = { ...heads, finalized: told }
  return brokenInvariant(kept) === null ? kept : { ...heads, finalized: zeroL2BlockRef }
}

/**
 * The heads to tell an engine that has not the newest safe block: with the last one that it has, so that it takes no head
 * of another chain. A local-safe block that becomes the head is the word of the source: it may replace what was safe.
 */
export function withOlderSafe(
  heads: EngineHeads,
  before: L2BlockRef,
  engineHas: (hash: Hash) => boolean,
): EngineHeads {
  const replaces = sameBlock(heads.unsafe, heads.localSafe) || before.number > heads.safe.number
  if (replaces || engineHas(heads.safe.hash) || !engineHas(before.hash)) return heads
  const older = { ...heads, safe: before }
  return brokenInvariant(older) === null ? older : heads
}

/** True when sending `next` would tell the engine something: it was never told, or told something else. */
export function needsForkchoiceUpdate(sent: ForkchoiceState | null, next: ForkchoiceState): boolean {
  return (
    sent === null ||
    sent.headBlockHash !== next.headBlockHash ||
    sent.safeBlockHash !== next.safeBlockHash ||
    sent.finalizedBlockHash !== next.finalizedBlockHash
  )
}

/** What a request to finalize `block` means for the heads. */
export type FinalizeDecision =
  | { readonly kind: 'advance' }
  | { readonly kind: 'unchanged' }
  /** Refused: finalized would go back, sideways, or above safe. */
  | { readonly kind: 'conflict'; readonly reason: string }

/**
 * Whether finalized may move to `block`. It never goes back, never changes at its height, and never exceeds safe.
 * Source: follow-mode.md, step 7.
 */
export function decideFinalize(heads: EngineHeads, block: L2BlockRef): FinalizeDecision {
  const { finalized, safe } = heads
  const conflict = (reason: string): FinalizeDecision => ({
    kind: 'conflict',
    reason: `cannot finalize ${formatRef(block)}: ${reason}`,
  })
  if (isZeroRef(block) || sameBlock(finalized, block)) return { kind: 'unchanged' }
  if (!advances(finalized, block))
    return block.number === finalized.number
      ? conflict(`a different block of that height is finalized already, ${formatRef(finalized)}`)
      : conflict(`it lies below the finalized block ${formatRef(finalized)}`)
  if (isZeroRef(safe)) return conflict('no safe block is known')
  if (block.number > safe.number) return conflict(`it lies above the safe block ${formatRef(safe)}`)
  if (block.number === safe.number && block.hash !== safe.hash)
    return conflict(`the safe block of that height is ${formatRef(safe)}`)
  return { kind: 'advance' }
}
