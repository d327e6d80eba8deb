import { errorText } from '../../concurrency/error-text.ts'
import {
  decideFollow,
  type FollowDecision,
  followNeedsLocalBlock,
  type LocalBlock,
} from '../../follow/decide.ts'
import { formatRef, type L2BlockRef, sameBlock } from '../../protocol/refs.ts'
import type { EngineHeads, FollowCase, FollowTarget } from '../engine-client.ts'
import type { EngineContext, WaitingFollow } from '../engine-context.ts'
import { InvalidBlockError, TemporaryEngineError } from '../errors.ts'
import { recordFinalizedConflict } from '../finalized-conflict.ts'
import { tellFollowed } from '../followed.ts'
import { applyHeads, type LabelsChange, moveLabels } from '../forkchoice.ts'
import { confirmHold, endHold, isAdoptionDue, startHold } from '../hold.ts'
import { misdescribed } from '../known-refs.ts'
import { locateLabels } from '../labels.ts'
import type { GivenTarget } from '../requests.ts'
import { overtakenReason, staleReason } from '../target-age.ts'

/**
 * follow-mode.md, step 7, as one action with at most one forkchoice update. A sequencer holds from before the update
 * until the execution engine has confirmed the new head. A target that had to wait is validated by own L1 once more.
 */
export async function runFollow(context: EngineContext, given: GivenTarget): Promise<FollowCase> {
  const { store } = context
  const { target } = given
  const stale = overtakenReason(context, given) ?? (await staleReason(context, given))
  if (stale !== null) return refuse(context, target, stale)
  const before = store.state
  const ours = [before.unsafe, before.localSafe, before.safe, before.finalized]
  const wrong = misdescribed([target.localSafe, target.safe, target.finalized], ours)
  if (wrong !== null) return refuse(context, target, wrong)
  const local: LocalBlock = followNeedsLocalBlock(before, target)
    ? await localBlock(context, target.localSafe)
    : { kind: 'missing' }
  const decision = decideFollow(before, target, local, given.confirmed)
  if (decision.finalizedConflict !== null) recordFinalizedConflict(context, decision.finalizedConflict)
  if (decision.refusal !== null) return refuse(context, target, decision.refusal)
  if (decision.case === 'unconfirmed') {
    if (isAdoptionDue(context)) endHold(context)
    return 'unconfirmed'
  }
  if (decision.case === 'el-error')
    throw new TemporaryEngineError(
      `the execution engine could not be asked for block ${target.localSafe.number}`,
    )
  if (decision.case !== 'el-syncing') {
    const misfit = await findMisfit(context, decision)
    if (misfit !== null) return refuse(context, target, misfit)
  }
  return apply(context, given, decision)
}

/** Why the labels cannot belong to the chain of the head, as far as the execution engine can tell; null when they may. */
async function findMisfit(
  context: EngineContext,
  { heads, adopted }: FollowDecision,
): Promise<string | null> {
  const labels = [heads.localSafe, heads.safe, heads.finalized]
  const { stranger, missing } = await locateLabels(context, labels, adopted ? 'anywhere' : 'canonical')
  if (stranger !== null || missing.length === 0) return stranger
  if (adopted && (await context.l2.blockByHash(heads.unsafe.hash, context.signal)) === null) return null
  return `the execution engine has ${formatRef(heads.unsafe)}, but no ${formatRef(missing[0]!)} below it`
}

async function apply(
  context: EngineContext,
  { target, validatedMs }: GivenTarget,
  decision: FollowDecision,
): Promise<FollowCase> {
  const { store } = context
  const { case: followCase, heads } = decision
  switch (followCase) {
    case 'ahead':
    case 'reorged':
      return adopt(context, { target, followCase, validatedMs }, decision)
    case 'el-syncing':
      context.following = { target, followCase: 'ahead', validatedMs }
      // The sync goes on to another head, and so does the hold: `resync` tells no other than the one it is for.
      if (store.state.holding) startHold(context, heads.unsafe)
      store.update({ syncTarget: heads })
      return followCase
    default:
      context.following = { target, followCase: 'consolidated', validatedMs }
      if (store.state.holding) startHold(context, heads.unsafe)
      if (decision.leavesSync || store.state.syncTarget === null) await applyHeads(context, heads)
      else await moveLabels(context, labelsOf(heads))
      tellFollowed(context)
      await confirm(context)
      return followCase
  }
}

function labelsOf({ localSafe, safe, finalized }: EngineHeads): LabelsChange {
  return { localSafe, safe, finalized }
}

/** Cases 1 and 4: the source's local-safe block becomes the head. */
async function adopt(
  context: EngineContext,
  following: WaitingFollow<'ahead' | 'reorged'>,
  { heads }: FollowDecision,
): Promise<FollowCase> {
  const { store, logger, sequencer } = context
  const { target, followCase } = following
  if (followCase === 'reorged')
    logger.warn('the chain of the follow source differs from ours: adopting it', {
      ours: formatRef(store.state.unsafe),
      theirs: formatRef(heads.localSafe),
    })
  if (sequencer) startHold(context, heads.unsafe)
  context.following = following
  context.begunAdoption = followCase
  try {
    if ((await applyHeads(context, heads, { engineMayLackHead: true })) === 'syncing') return 'el-syncing'
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    return refuse(context, target, error.message)
  }
  context.backupUnsafe = null
  tellFollowed(context)
  await confirm(context)
  return followCase
}

/** What fails here is tried again by `resync`, for as long as the hold lasts. */
async function confirm(context: EngineContext): Promise<void> {
  if (context.store.state.holding) await confirmHold(context).catch(() => {})
}

function refuse(context: EngineContext, target: FollowTarget, reason: string): FollowCase {
  // No task is left that would adopt the head for which a sequencer holds.
  if (isAdoptionDue(context)) endHold(context)
  context.following = null
  context.begunAdoption = null
  context.logger.warn('refused the status of the follow source', {
    reason,
    localSafe: formatRef(target.localSafe),
    safe: formatRef(target.safe),
    finalized: formatRef(target.finalized),
  })
  return 'refused'
}

/** The engine's block at the target's height; known without a call when the target names one of our own heads. */
async function localBlock(context: EngineContext, target: L2BlockRef): Promise<LocalBlock> {
  const { l2, store, knownBlocks, signal, logger } = context
  const { unsafe, localSafe } = store.state
  if (knownBlocks.has(target.hash) && (sameBlock(target, unsafe) || sameBlock(target, localSafe)))
    return { kind: 'found', hash: target.hash }
  try {
    const block = await l2.blockByNumber(target.number, signal)
    if (block === null) return { kind: 'missing' }
    if (block.payload.blockHash === target.hash) knownBlocks.add(target.hash)
    return { kind: 'found', hash: block.payload.blockHash }
  } catch (error) {
    signal.throwIfAborted()
    logger.warn('the execution engine could not be asked for the block that the follow source names', {
      number: target.number,
      error: errorText(error),
    })
    return { kind: 'unknown' }
  }
}
