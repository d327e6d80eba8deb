import { withDeadline } from '../concurrency/deadline.ts'
import { errorText } from '../concurrency/error-text.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import type { FollowTarget } from '../engine/engine-client.ts'
import { findNonCanonical, formatNonCanonical, type L1ByNumber, verdictOf } from '../l1/canonicality.ts'
import type { Clock } from '../ports/clock.ts'
import type { L1Header, L1Source } from '../ports/l1-source.ts'
import { type BlockId, formatRef, type L1BlockRef, type L2BlockRef } from '../protocol/refs.ts'
import { driftFault, headTimeFault } from './head-times.ts'
import { type JumpMemory, judgeJump } from './jump.ts'
import { mayReplaySinceBefore, type ReplayMarks, replayedMark, type StartPosition } from './replay-guard.ts'
import type { FollowResult } from './status.ts'
import { structureFault } from './structure.ts'

/** What the rules conclude. Only `valid` lets a status go on to the engine. */
export type Judgement =
  | { readonly result: 'valid' }
  | {
      readonly result: Extract<
        FollowResult,
        | 'dropped_structure'
        | 'dropped_time'
        | 'dropped_not_canonical'
        | 'ahead_of_own_l1'
        | 'dropped_replay'
        | 'held_jump'
        | 'error_l1'
      >
      readonly reason: string
    }

/** Everything that a status is judged by. */
export interface JudgeInput {
  readonly config: RollupConfig
  readonly target: FollowTarget
  /** Our heads now. */
  readonly heads: { readonly unsafe: L2BlockRef; readonly localSafe: L2BlockRef }
  readonly marks: ReplayMarks<L1BlockRef>
  /** What the source told of an L1 that ours did not have yet. */
  readonly heard: ReplayMarks<L1BlockRef>
  /** Own L1's head at our start, and when that was. */
  readonly atStart: Omit<StartPosition, 'localSafe'>
  /** Own L1's head now. */
  readonly l1Head: L1BlockRef
  /** True for a block that own L1 was seen to replace. */
  readonly wasReplaced: (block: BlockId) => boolean
  readonly jumps: JumpMemory
  readonly l1: L1Source
  readonly timeoutMs: number
  readonly clock: Clock
  readonly signal: AbortSignal
}

/** follow-mode.md, steps 4 to 6, in that order. Never rejects but with the signal's reason. */
export async function judgeStatus(
  input: JudgeInput,
): Promise<{ readonly judgement: Judgement; readonly jumps: JumpMemory }> {
  const { config, target, l1Head, jumps, clock, signal } = input
  const drop = (result: Exclude<Judgement['result'], 'valid'>, reason: string) => ({
    judgement: { result, reason },
    jumps,
  })
  const structure = structureFault(target)
  if (structure !== null) return drop('dropped_structure', structure)
  const ourSeconds = BigInt(Math.floor(clock.nowMs() / 1000))
  const nowSeconds = l1Head.timestamp > ourSeconds ? l1Head.timestamp : ourSeconds
  const future = headTimeFault(config, target, nowSeconds)
  if (future !== null) return drop('dropped_time', future)
  try {
    const byL1 = await withDeadline('own L1', input.timeoutMs, clock, signal, (inner) =>
      judgeByOwnL1(input, readOnce(input.l1, inner)),
    )
    if (byL1.result !== 'valid') return drop(byL1.result, byL1.reason)
  } catch (error) {
    signal.throwIfAborted()
    return drop('error_l1', errorText(error))
  }
  const jump = judgeJump(jumps, {
    localSafe: target.localSafe,
    unsafe: input.heads.unsafe.number,
    blockTimeMs: Number(config.blockTime) * 1000,
    nowMs: clock.nowMs(),
  })
  return {
    judgement: jump.held === null ? { result: 'valid' } : { result: 'held_jump', reason: jump.held },
    jumps: jump.memory,
  }
}

/** Step 5, with the times of the origins, and step 6. */
async function judgeByOwnL1(input: JudgeInput, l1: L1ByNumber): Promise<Judgement> {
  const { config, target, heads, marks } = input
  const { currentL1, localSafe, safe, finalized } = target
  const fault = await findNonCanonical(l1, [
    ...[localSafe, safe, finalized].map((block) => block.l1Origin),
    currentL1,
  ])
  if (fault !== null)
    return fault.kind === 'ahead'
      ? { result: 'ahead_of_own_l1', reason: `the source is ahead of own L1: ${formatNonCanonical(fault)}` }
      : {
          result: 'dropped_not_canonical',
          reason: `the source is on another L1 fork: ${formatNonCanonical(fault)}`,
        }
  const drift = await driftFault(config, target, (number) => l1.headerByNumber(number))
  if (drift !== null) return { result: 'dropped_time', reason: drift }

  /** A block that own L1 does not have yet is no orphan, unless it was seen to be replaced by a shorter chain. */
  const hasL1 = async (block: BlockId): Promise<boolean> => {
    const verdict = verdictOf(block, await l1.headerByNumber(block.number))
    return verdict === 'canonical' || (verdict === 'ahead' && !input.wasReplaced(block))
  }
  const mark = await replayedMark(marks, target, hasL1)
  if (mark !== null)
    return replay(target, `ours ${formatRef(mark.localSafe)} at L1 ${formatRef(mark.currentL1)}`)
  // Nobody knows a block of L1 before it is there: what was told with it was derived from it.
  const isThere = async (block: BlockId) =>
    verdictOf(block, await l1.headerByNumber(block.number)) === 'canonical'
  const takesBack = localSafe.number < heads.localSafe.number
  const told = takesBack ? await replayedMark(input.heard, target, isThere) : null
  if (told !== null)
    return replay(
      target,
      `ours ${formatRef(heads.localSafe)}, and it has told ${formatRef(told.localSafe)} at L1 ${formatRef(told.currentL1)}`,
    )
  const start = { localSafe: heads.localSafe, ...input.atStart }
  // What the source says of its time is its word alone.
  const derived = { localSafe, currentL1: (await l1.headerByNumber(currentL1.number)) ?? currentL1 }
  const newest = marks.at(-1)
  const { l1Origin } = heads.localSafe
  /** What own L1 must still have: the source goes back when L1 does. */
  const evidence = newest === undefined ? [l1Origin] : [newest.currentL1, l1Origin]
  if (mayReplaySinceBefore(start, derived) && (await allOf(evidence, hasL1)))
    return replay(
      target,
      `ours ${formatRef(heads.localSafe)} from before our start, when L1 was at ${formatRef(start.l1Head)}`,
    )
  return { result: 'valid' }
}

async function allOf<T>(values: readonly T[], holds: (value: T) => Promise<boolean>): Promise<boolean> {
  for (const value of values) if (!(await holds(value))) return false
  return true
}

function replay({ localSafe, currentL1 }: FollowTarget, ours: string): Judgement {
  return {
    result: 'dropped_replay',
    reason: `the source replays: its local-safe ${formatRef(localSafe)} at L1 ${formatRef(currentL1)} is behind ${ours}`,
  }
}

/** Own L1 as one status sees it: each number is asked once. */
function readOnce(l1: L1Source, signal: AbortSignal): L1ByNumber {
  const headers = new Map<bigint, Promise<L1Header | null>>()
  return {
    headerByNumber(number) {
      const header = headers.get(number) ?? l1.headerByNumber(number, signal)
      headers.set(number, header)
      return header
    },
  }
}
