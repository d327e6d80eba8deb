import type { Hash } from 'viem'
import type { EngineHeads, FollowCase, FollowTarget } from '../engine/engine-client.ts'
import { headsOf } from '../engine/engine-store.ts'
import { advances, brokenInvariant, decideFinalize } from '../engine/forkchoice-rules.ts'
import { formatRef, isZeroRef, type L2BlockRef, sameBlock } from '../protocol/refs.ts'

/** What the execution engine has at the height of the source's local-safe block. */
export type LocalBlock =
  | { readonly kind: 'found'; readonly hash: Hash }
  | { readonly kind: 'missing' }
  /** The engine could not be asked. */
  | { readonly kind: 'unknown' }

/** What one follow target does to the heads. */
export interface FollowDecision {
  readonly case: FollowCase
  /** The next heads, or in case 'el-syncing' the next sync target; the old ones when nothing changes. */
  readonly heads: EngineHeads
  /** True when the source's local-safe block becomes the unsafe head (cases 1 and 4). */
  readonly adopted: boolean
  /** True when the execution engine need not sync any more: the source took back what it was to sync to. */
  readonly leavesSync: boolean
  /** Why finalized was not moved; null when nothing spoke against it. */
  readonly finalizedConflict: string | null
  /** Why the whole target was refused (case 'refused'). */
  readonly refusal: string | null
}

/** What a target is compared with: our heads, and those that the execution engine is syncing to. */
export interface FollowedHeads extends EngineHeads {
  readonly syncTarget: EngineHeads | null
}

/** By more than so many blocks ahead of us, a target needs a source that was asked for its chain. */
const unconfirmedBlocksMax = 3n

/** True when the engine must be asked for its block at the target's height: in every case but 1. */
export function followNeedsLocalBlock(ours: FollowedHeads, target: FollowTarget): boolean {
  return !advances(ours.unsafe, target.localSafe) || !advances(headingOf(ours, target), target.localSafe)
}

/**
 * follow-mode.md, step 7: cases 1, 2a, 2b, 3 and 4 by comparing the source's local-safe block with ours, then safe,
 * then finalized. Local-safe and safe go back with the source, because safe must never exceed what the source
 * reports; finalized never does.
 * @param confirmed the source was asked for its chain: the target may replace our head.
 */
export function decideFollow(
  ours: FollowedHeads,
  target: FollowTarget,
  local: LocalBlock,
  confirmed = true,
): FollowDecision {
  const { syncTarget } = ours
  const heads = headsOf(ours)
  const unchanged = { heads, adopted: false, leavesSync: false, finalizedConflict: null, refusal: null }
  const contradiction = contradictsFinalized(heads.finalized, target)
  if (contradiction !== null)
    return { ...unchanged, case: 'refused', refusal: contradiction, finalizedConflict: contradiction }
  if (isZeroRef(target.localSafe))
    return { ...unchanged, case: 'refused', refusal: 'the follow source does not know a local-safe block' }

  const heading = headingOf(ours, target, local)
  const isUnderWay = syncTarget !== null && sameBlock(heading, target.localSafe)
  const followCase = isUnderWay ? 'el-syncing' : caseOf(heading, target, local)
  if (followCase === 'el-error') return { ...unchanged, case: followCase }
  if (!confirmed && replacesHead(followCase, heading, target)) return { ...unchanged, case: 'unconfirmed' }

  const adopted = followCase === 'ahead' || followCase === 'reorged'
  const moved: EngineHeads = {
    unsafe: nextUnsafe(followCase, heads, heading, target),
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
    leavesSync: followCase === 'consolidated' && syncTarget !== null && heading !== syncTarget.unsafe,
    finalizedConflict: finalize.kind === 'conflict' ? finalize.reason : null,
    refusal: null,
  }
}

/**
 * The head that the execution engine is on its way to. One that the source gave and has taken back since is given up: it
 * went back, or names a block of the chain that the engine has. What that has counts then.
 */
function headingOf(
  { unsafe, syncTarget }: FollowedHeads,
  { localSafe }: FollowTarget,
  local?: LocalBlock,
): L2BlockRef {
  if (syncTarget === null) return unsafe
  const given = syncTarget.localSafe
  if (!sameBlock(syncTarget.unsafe, given) || sameBlock(localSafe, given)) return syncTarget.unsafe
  const isOurs = localSafe.number <= unsafe.number && local?.kind === 'found' && local.hash === localSafe.hash
  return localSafe.number < given.number || isOurs ? unsafe : syncTarget.unsafe
}

function replacesHead(followCase: FollowCase, heading: L2BlockRef, { localSafe }: FollowTarget): boolean {
  if (followCase === 'ahead') return localSafe.number > heading.number + unconfirmedBlocksMax
  return followCase === 'reorged'
}

/** An engine that has local-safe has it in its chain, also while our own head is still behind. */
function nextUnsafe(
  followCase: FollowCase,
  { unsafe }: EngineHeads,
  heading: L2BlockRef,
  { localSafe }: FollowTarget,
): L2BlockRef {
  if (followCase === 'ahead' || followCase === 'reorged') return localSafe
  if (followCase === 'el-syncing') return heading
  return localSafe.number > unsafe.number ? localSafe : unsafe
}

function caseOf(heading: L2BlockRef, target: FollowTarget, local: LocalBlock): FollowCase {
  if (advances(heading, target.localSafe)) return 'ahead'
  // Two different blocks of one height: ours is known without the engine, which may be syncing towards it in vain.
  if (heading.number === target.localSafe.number && heading.hash !== target.localSafe.hash)
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
