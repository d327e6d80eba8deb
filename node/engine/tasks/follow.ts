import { errorText } from '../../concurrency/error-text.ts'
import {
  decideFollow,
  type FollowDecision,
  followNeedsLocalBlock,
  type LocalBlock,
} from '../../follow/decide.ts'
import { formatRef, type L2BlockRef, sameBlock } from '../../protocol/refs.ts'
import type { FollowCase, FollowTarget } from '../engine-client.ts'
import type { EngineContext } from '../engine-context.ts'
import { InvalidBlockError, TemporaryEngineError } from '../errors.ts'
import { recordFinalizedConflict } from '../finalized-conflict.ts'
import { applyHeads } from '../forkchoice.ts'
import { confirmHold, endHold, isAdoptionDue, startHold } from '../hold.ts'
import { locateLabels } from '../labels.ts'

/**
 * follow-mode.md, step 7, as one action with at most one forkchoice update. A sequencer holds from before the update
 * until the execution engine has confirmed the new head.
 *
 * @param retried the target was validated a while ago: the origin of its local-safe block is checked once more.
 */
export async function runFollow(
  context: EngineContext,
  target: FollowTarget,
  retried: boolean,
): Promise<FollowCase> {
  const { store, logger } = context
  if (retried && !(await originIsCanonical(context, target.localSafe))) {
    logger.warn('dropped a follow target whose L1 origin was reorged out while it waited', {
      localSafe: formatRef(target.localSafe),
    })
    endHold(context)
    return 'el-error'
  }
  const before = store.state
  const local: LocalBlock = followNeedsLocalBlock(before, target)
    ? await localBlock(context, target.localSafe)
    : { kind: 'missing' }
  const decision = decideFollow(before, target, local)
  if (decision.finalizedConflict !== null) recordFinalizedConflict(context, decision.finalizedConflict)
  if (decision.refusal !== null) return refuse(context, target, decision.refusal)
  if (decision.case === 'el-error')
    throw new TemporaryEngineError(
      `the execution engine could not be asked for block ${target.localSafe.number}`,
    )
  if (decision.case !== 'el-syncing') {
    const stranger = await locateLabels(context, decision.heads, decision.adopted ? 'anywhere' : 'canonical')
    if (stranger !== null) return refuse(context, target, stranger)
  }
  return adopt(context, target, decision)
}

async function adopt(
  context: EngineContext,
  target: FollowTarget,
  decision: FollowDecision,
): Promise<FollowCase> {
  const { store, logger, sequencer } = context
  const { heads, adopted } = decision
  const before = store.state
  if (decision.case === 'reorged')
    logger.warn('the chain of the follow source differs from ours: adopting it', {
      ours: formatRef(before.unsafe),
      theirs: formatRef(heads.localSafe),
    })
  if (sequencer && (adopted || before.holding)) startHold(context, heads.unsafe)
  try {
    await applyHeads(context, { ...heads, pendingSafe: heads.localSafe }, { engineMayLackHead: adopted })
  } catch (error) {
    if (!(error instanceof InvalidBlockError)) throw error
    return refuse(context, target, error.message)
  }
  context.backupUnsafe = null
  // What fails here is tried again by `resync`, for as long as the hold lasts.
  if (store.state.holding && !store.state.elSyncing) await confirmHold(context).catch(() => {})
  return decision.case
}

function refuse(context: EngineContext, target: FollowTarget, reason: string): FollowCase {
  // No task is left that would adopt the head for which a sequencer holds.
  if (isAdoptionDue(context)) endHold(context)
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

async function originIsCanonical({ l1, signal }: EngineContext, { l1Origin }: L2BlockRef): Promise<boolean> {
  const header = await l1.headerByNumber(l1Origin.number, signal)
  return header?.hash === l1Origin.hash
}
