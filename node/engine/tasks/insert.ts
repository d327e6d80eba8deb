import { errorText } from '../../concurrency/error-text.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { type BlockId, formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import { again, done, type EngineContext, type TaskResult } from '../engine-context.ts'
import { aimOf, type EngineStateChange } from '../engine-store.ts'
import { EngineResetRequiredError, InvalidBlockError } from '../errors.ts'
import { tellFollowed } from '../followed.ts'
import { applyHeads } from '../forkchoice.ts'
import { giveUpTarget, refusesTarget } from '../sync-target.ts'

/**
 * How long a payload whose L1 origin is an orphan for us waits, in block times: our view of L1 may be the one that is
 * late. What it is compared with is believed only after a few looks at L1.
 */
const orphanBlockTimes = 2n

/** How many block times a gap in the unsafe chain may last before the execution engine is asked to sync over it. */
const gapBlockTimes = 2n

/**
 * Applies the next queued unsafe payload: the child of the unsafe head, or, when a gap has lasted for two block times,
 * the first payload beyond the gap, which the execution engine then syncs to from its peers (op-node's alt-sync).
 * One payload per run, so that a long queue does not keep a build waiting.
 * Source: specs/protocol/derivation.md, "Processing unsafe payload attributes".
 */
export async function runInsert(context: EngineContext): Promise<TaskResult> {
  const { unsafePayloads, store, clock, metrics, logger } = context
  const { safe, holding, elSyncing, initialElSync } = store.state
  const { unsafe } = aimOf(store.state)
  const stale = unsafePayloads.dropStale(safe)
  if (stale > 0) metrics.unsafePayloadsDropped.inc({ reason: 'stale' }, stale)
  // The adopted head is not confirmed: anything put on it now could bring the old chain back.
  if (holding) return done
  if (initialElSync === 'will-start' || initialElSync === 'started') return insertSyncTarget(context)

  const next = unsafePayloads.childOf(unsafe)
  if (next !== undefined) {
    context.gap = null
    const refused = refuseOrphaned(context, next)
    if (refused !== null) return refused
    await insertPayload(context, next, false)
    return unsafePayloads.length > 0 ? again : done
  }
  const beyond = unsafePayloads.firstBeyond(unsafe)
  if (beyond === undefined || elSyncing) {
    context.gap = null
    return done
  }
  if (context.gap?.head !== unsafe.hash) context.gap = { head: unsafe.hash, sinceMs: clock.nowMs() }
  const dueMs = context.gap.sinceMs + Number(gapBlockTimes * context.config.blockTime) * 1000
  if (clock.nowMs() < dueMs) return { kind: 'at', timeMs: dueMs }
  const refused = refuseOrphaned(context, beyond)
  if (refused !== null) return refused
  context.gap = null
  logger.info('the execution engine is asked to sync over a gap in the unsafe chain', {
    head: formatRef(unsafe),
    target: `${beyond.payload.blockNumber}:${beyond.payload.blockHash}`,
  })
  await insertPayload(context, beyond, true)
  return again
}

/** Initial EL sync: the highest payload is the target, whatever its parent. */
async function insertSyncTarget(context: EngineContext): Promise<TaskResult> {
  const { unsafePayloads, store, logger } = context
  const { initialElSync } = store.state
  const { unsafe } = aimOf(store.state)
  const target = unsafePayloads.highest()
  if (target === undefined || target.payload.blockNumber <= unsafe.number) return done
  if (initialElSync === 'will-start')
    logger.info('the initial EL sync starts', {
      head: formatRef(unsafe),
      target: `${target.payload.blockNumber}:${target.payload.blockHash}`,
    })
  await insertPayload(context, target, true, { initialElSync: 'started' })
  return done
}

async function insertPayload(
  context: EngineContext,
  envelope: PayloadEnvelope,
  overGap: boolean,
  change: EngineStateChange = {},
): Promise<void> {
  const { engine, store, unsafePayloads, signal } = context
  const { blockHash } = envelope.payload
  const drop = (reason: string, error: unknown) => dropPayload(context, envelope, reason, error)
  let block: L2BlockRef
  try {
    block = l2BlockRefFromPayload(context.config, envelope.payload)
  } catch (error) {
    return drop('malformed', error)
  }
  const { status, validationError } = await engine.newPayload(envelope, signal)
  if (status === 'INVALID' || status === 'INVALID_BLOCK_HASH')
    return drop('invalid', validationError ?? 'no reason given')
  if (status === 'VALID') context.knownBlocks.add(blockHash)
  else if (!overGap && !store.state.elSyncing && !context.elSync)
    throw new EngineResetRequiredError(
      `the execution engine answers ${status} for a child of ${formatRef(aimOf(store.state).unsafe)}, which it had`,
    )
  try {
    await applyHeads(
      context,
      { ...aimOf(store.state), ...change, unsafe: block },
      { engineMayLackHead: overGap },
    )
    tellFollowed(context)
  } catch (error) {
    if (error instanceof InvalidBlockError) return drop('invalid', error)
    // A fork without our safe or finalized block. A reset would change nothing: `resync` tells our head again.
    if (!refusesTarget(context, error) && !(overGap && error instanceof EngineResetRequiredError)) throw error
    drop('refused', error)
    giveUpTarget(context, error.message)
  }
  // What the engine only syncs to over a gap is needed again when it gets nowhere and derivation comes to it. An initial
  // EL sync may take hours and has a newer target every block: old ones are not kept.
  if (status === 'VALID' || store.state.initialElSync === 'started') unsafePayloads.remove(blockHash)
}

/**
 * Our heads stand on canonical L1 origins: a payload on an orphan would only be reset away again, and so would every
 * one after it, for as long as its sequencer sees another fork of L1 than we do. It waits for a while, and is dropped
 * then with its descendants. (op-node takes it, and leaves it when derivation comes to that height.)
 * Source: follow-mode.md, "Invariants".
 * @returns what the task does instead of inserting it; null when nothing speaks against it.
 */
function refuseOrphaned(context: EngineContext, envelope: PayloadEnvelope): TaskResult | null {
  const { clock, config } = context
  const { blockHash } = envelope.payload
  const origin = originOf(context, envelope)
  if (origin === null || !context.isOrphan(origin)) return null
  if (context.orphaned?.payload !== blockHash)
    context.orphaned = { payload: blockHash, sinceMs: clock.nowMs() }
  const dueMs = context.orphaned.sinceMs + Number(orphanBlockTimes * config.blockTime) * 1000
  if (clock.nowMs() < dueMs) return { kind: 'at', timeMs: dueMs }
  context.orphaned = null
  dropPayload(context, envelope, 'orphaned_origin', `own L1 has another block than ${formatRef(origin)}`)
  return again
}

/** Null when it cannot be read, which is for whoever inserts the payload to say. */
function originOf({ config }: EngineContext, { payload }: PayloadEnvelope): BlockId | null {
  try {
    return l2BlockRefFromPayload(config, payload).l1Origin
  } catch {
    return null
  }
}

function dropPayload(
  { unsafePayloads, metrics, logger }: EngineContext,
  { payload: { blockHash } }: PayloadEnvelope,
  reason: string,
  error: unknown,
): void {
  const descendants = unsafePayloads.removeDescendants(blockHash)
  unsafePayloads.remove(blockHash)
  metrics.unsafePayloadsDropped.inc({ reason }, 1 + descendants)
  logger.warn('dropped an unsafe payload', { reason, blockHash, error: errorText(error), descendants })
}
