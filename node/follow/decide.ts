import type { Hash } from 'viem'
import type { EngineHeads, FollowCase, FollowTarget } from '../engine/engine-client.ts'
import { advances, brokenInvariant, decideFinalize } from '../engine/forkchoice-rules.ts'
import { formatRef, isZeroRef, type L2BlockRef } from '../protocol/refs.ts'

/** What the execution engine has at the height of the source's local-safe block. */
export type LocalBlock =
  | { readonly kind: 'found'; readonly hash: Hash }
  | { readonly kind: 'missing' }
  /** The engine could not be asked. */
  | { readonly kind: 'unknown' }

/** What one follow target does to the heads. */
export interface FollowDecision {
  readonly case: FollowCase
  /** The next heads; the old ones when nothing changes. */
  readonly heads: EngineHeads
  /** True when the unsafe head was replaced by the source's local-safe block (cases 1 and 4). */
  readonly adopted: boolean
  /** Why finalized was not moved; null when nothing spoke against it. */
  readonly finalizedConflict: string | null
  /** Why the whole target was refused (case 'refused'). */
  readonly refusal: string | null
}

/** True when the engine must be asked for its block at the target's height: in every case but 1. */
export function followNeedsLocalBlock(heads: EngineHeads, target: FollowTarget): boolean {
  return !advances(heads.unsafe, target.localSafe)
}

/**
 * follow-mode.md, step 7: cases 1, 2a, 2b, 3 and 4 by comparing the source's local-safe block with ours, then safe,
 * then finalized. Local-safe and safe go back with the source, because safe must never exceed what the source
 * reports; finalized never does.
 */
export function decideFollow(heads: EngineHeads, target: FollowTarget, local: LocalBlock): FollowDecision {
  const unchanged = { heads, adopted: false, finalizedConflict: null, refusal: null }
  const contradiction = contradictsFinalized(heads.finalized, target)
  if (contradiction !== null)
    return { ...unchanged, case: 'refused', refusal: contradiction, finalizedConflict: contradiction }
  if (isZeroRef(target.localSafe))
    return { ...unchanged, case: 'refused', refusal: 'the follow source does not know a local-safe block' }

  const followCase = caseOf(heads, target, local)
  if (followCase === 'el-error') return { ...unchanged, case: followCase }

  const adopted = followCase === 'ahead' || followCase === 'reorged'
  const moved: EngineHeads = {
    unsafe: adopted ? target.localSafe : heads.unsafe,
    localSafe: target.localSafe,
    safe: nextSafe(heads, target, adopted),
    finalized: heads.finalized,
  }
  const broken = brokenInvariant(moved)
  if (broken !== null) return { ...unchanged, case: 'refused', refusal: broken }

  const finalize = decideFinalize(moved, target.finalized)
  return {
    case: followCase,
    heads: finalize.kind === 'advance' ? { ...moved, finalized: target.finalized } : moved,
    adopted,
    finalizedConflict: finalize.kind === 'conflict' ? finalize.reason : null,
    refusal: null,
  }
}

function caseOf(heads: EngineHeads, target: FollowTarget, local: LocalBlock): FollowCase {
  if (!followNeedsLocalBlock(heads, target)) return 'ahead'
  // Two different blocks of one height: ours is known without the engine, which may be syncing towards it in vain.
  if (heads.unsafe.number === target.localSafe.number && heads.unsafe.hash !== target.localSafe.hash)
    return local.kind === 'unknown' ? 'el-error' : 'reorged'
  if (local.kind === 'missing') return 'el-syncing'
  if (local.kind === 'unknown') return 'el-error'
  return local.hash === target.localSafe.hash ? 'consolidated' : 'reorged'
}

/** A source whose chain cannot contain our finalized block must not move any head. */
function contradictsFinalized(finalized: L2BlockRef, target: FollowTarget): string | null {
  if (isZeroRef(finalized)) return null
  for (const [name, ref] of [
    ['finalized', target.finalized],
    ['safe', target.safe],
    ['local-safe', target.localSafe],
  ] as const) {
    if (isZeroRef(ref)) continue
    if (ref.number === finalized.number && ref.hash !== finalized.hash)
      return `the follow source's ${name} block ${formatRef(ref)} is not our finalized block ${formatRef(finalized)}`
  }
  if (!isZeroRef(target.localSafe) && advances(target.localSafe, finalized))
    return `the follow source's local-safe block ${formatRef(target.localSafe)} lies below our finalized block ${formatRef(finalized)}`
  return null
}

/** The source's safe block, but never below finalized; what is left of ours when the source does not know one. */
function nextSafe(heads: EngineHeads, target: FollowTarget, adopted: boolean): L2BlockRef {
  if (!isZeroRef(target.safe)) return advances(target.safe, heads.finalized) ? heads.finalized : target.safe
  return adopted || heads.safe.number > target.localSafe.number ? heads.finalized : heads.safe
}
