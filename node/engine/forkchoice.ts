import { EngineApiError, engineErrorCode } from '../ports/engine-api.ts'
import type { ForkchoiceState, ForkchoiceUpdatedResult, PayloadAttributes } from '../protocol/payload.ts'
import { formatRef, type L2BlockRef, sameBlock, zeroL2BlockRef } from '../protocol/refs.ts'
import type { EngineHeads, EngineState } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'
import { engineHashAtHead } from './engine-head.ts'
import { type EngineStateChange, headsOf } from './engine-store.ts'
import {
  CriticalEngineError,
  EngineResetRequiredError,
  ForkchoiceRefusedError,
  InvalidBlockError,
  TemporaryEngineError,
} from './errors.ts'
import {
  advances,
  brokenInvariant,
  forkchoiceStateOf,
  needsForkchoiceUpdate,
  withFinality,
  withOlderSafe,
} from './forkchoice-rules.ts'
import { locateLabels } from './labels.ts'

/** Heads to adopt, with the fields that change with them. */
export type HeadsChange = EngineHeads & EngineStateChange

export interface ApplyHeadsOptions {
  /** The execution engine need not have the head: SYNCING means that it fetches it. */
  readonly engineMayLackHead?: boolean
  /** Send the update although nothing changed: the engine has not accepted it yet. */
  readonly force?: boolean
  /** The heads were read from the engine: they are published whatever it answers. */
  readonly engineSaysSo?: boolean
}

/**
 * Gives the execution engine heads: tells it with one forkchoice update (none when it was told the same already). When
 * it has the head they are published. When it answers SYNCING they become the sync target: nothing that it does not
 * have is published, and `resync` tells it again.
 *
 * @throws ForkchoiceRefusedError on −38002.
 * @throws EngineResetRequiredError on a SYNCING answer that means a lost block, and when a new label is not
 * in the chain of the head.
 * @throws InvalidBlockError when the head is INVALID; nothing was adopted.
 */
export async function applyHeads(
  context: EngineContext,
  change: HeadsChange,
  options: ApplyHeadsOptions = {},
): Promise<'applied' | 'syncing'> {
  const { store, knownBlocks } = context
  change = { pendingSafe: pendingSafeWith(store.state, change), ...change }
  const broken = brokenInvariant(change)
  if (broken !== null) throw new CriticalEngineError(`refused a forkchoice update: ${broken}`)
  const initialElSync = change.initialElSync ?? store.state.initialElSync
  // With labels an engine may think that it has most of the chain, and not use its fast way to sync.
  const engineHas = initialElSync === 'started' ? () => false : knownBlocks.has
  const told = withFinality(change, context.toldFinalized)
  const forkchoice = forkchoiceStateOf(withOlderSafe(told, store.state.safe, engineHas), engineHas)
  // What an engine that syncs was told is not what it has.
  const mayHave = options.engineSaysSo || !store.state.elSyncing
  if (!options.force && mayHave && !needsForkchoiceUpdate(context.told, forkchoice)) {
    store.update({ ...change, syncTarget: null })
    return 'applied'
  }

  const { payloadStatus } = await sendForkchoice(context, forkchoice, told.finalized)
  switch (payloadStatus.status) {
    case 'VALID':
      knownBlocks.add(change.unsafe.hash)
      context.sync = null
      await requireLabels(context, change)
      store.update({
        ...change,
        syncTarget: null,
        initialElSync: initialElSync === 'started' ? 'finished-not-finalized' : initialElSync,
      })
      return 'applied'
    case 'SYNCING':
    case 'ACCEPTED':
      if (!options.engineMayLackHead && !store.state.elSyncing && !context.elSync)
        throw new EngineResetRequiredError(
          `the execution engine answers ${payloadStatus.status} for ${formatRef(change.unsafe)}, which it had`,
        )
      // It lost what it had, and perhaps more; that is looked up again when it has caught up. One that never had the head
      // is still told its labels: without them it may follow a head that does not stand on what is finalized.
      if (!options.engineMayLackHead && !store.state.elSyncing) knownBlocks.clear()
      store.update({
        ...change,
        ...(options.engineSaysSo ? {} : publishedHeads(store.state)),
        syncTarget: headsOf(change),
      })
      return 'syncing'
    default:
      throw new InvalidBlockError(
        `the execution engine answers ${payloadStatus.status} for ${formatRef(change.unsafe)}: ${payloadStatus.validationError ?? 'no reason given'}`,
      )
  }
}

/** A local-safe block that others derived is the newest derived one; ours is not less for what it stays. */
function pendingSafeWith(state: EngineState, { localSafe }: EngineHeads): L2BlockRef {
  return sameBlock(localSafe, state.localSafe) ? state.pendingSafe : localSafe
}

function publishedHeads(state: EngineState): HeadsChange {
  return { ...headsOf(state), pendingSafe: state.pendingSafe }
}

/** The labels that move; what is absent stays. */
export type LabelsChange = Partial<Omit<HeadsChange, 'unsafe' | 'syncTarget'>>

/**
 * Moves labels on the chain that the execution engine has. A sync that runs keeps its head: the engine hears of the
 * labels with the next update about that, and the sync target takes them over. What is final is published when the
 * engine has confirmed it: a node that is started again knows of it only what its engine knows.
 */
export async function moveLabels(context: EngineContext, labels: LabelsChange): Promise<void> {
  const { state, update } = context.store
  const { syncTarget } = state
  if (syncTarget !== null) {
    const target = headsOf({ ...syncTarget, ...labels })
    const { finalized } = state
    if (brokenInvariant(target) === null)
      return update({
        ...labels,
        finalized,
        unsafe: await headDuringSync(context, labels),
        syncTarget: target,
      })
  }
  await applyHeads(context, { ...headsOf(state), ...labels })
}

/**
 * What can be published as unsafe head with these labels, which were found in the engine's chain: before it has
 * answered for its sync target, a sync may have passed our head already, or have left it on a side chain.
 */
async function headDuringSync(
  context: EngineContext,
  { localSafe, pendingSafe }: LabelsChange,
): Promise<L2BlockRef> {
  const { unsafe, localSafe: published } = context.store.state
  const newest = pendingSafe ?? localSafe
  if (newest === undefined || newest.number < published.number) return unsafe
  if (newest.number >= unsafe.number) return newest
  const canonical = await engineHashAtHead(context)
  return canonical === null || canonical === unsafe.hash ? unsafe : newest
}

/**
 * Makes sure that the execution engine has the labels that are about to move: the head is in its canonical chain now,
 * so they must be too. What is published already needs no look.
 */
async function requireLabels(context: EngineContext, change: EngineHeads): Promise<void> {
  const { state } = context.store
  const moving = [change.localSafe, change.safe, change.finalized].filter(
    (ref) =>
      ![state.localSafe, state.safe, state.finalized, change.unsafe].some((ours) => sameBlock(ours, ref)),
  )
  try {
    const { stranger, missing } = await locateLabels(context, moving, 'canonical')
    if (stranger !== null) throw new EngineResetRequiredError(stranger)
    if (missing.length > 0)
      throw new TemporaryEngineError(
        `the execution engine has ${formatRef(change.unsafe)}, but no block ${formatRef(missing[0]!)} below it yet`,
      )
  } catch (error) {
    // The engine has a head that is not ours yet: it is told again.
    context.told = null
    throw error
  }
}

/** Forkchoice update with attributes on `head`; the labels stay those of the state, as far as they lie below it. */
export async function startBuild(
  context: EngineContext,
  head: L2BlockRef,
  attributes: PayloadAttributes,
): Promise<ForkchoiceUpdatedResult> {
  const { state } = context.store
  const heads = withFinality({ ...state, unsafe: head }, context.toldFinalized)
  const broken = brokenInvariant(heads)
  if (broken !== null) throw new EngineResetRequiredError(`cannot build on ${formatRef(head)}: ${broken}`)
  const forkchoice = forkchoiceStateOf(heads, context.knownBlocks.has)
  return sendForkchoice(context, forkchoice, heads.finalized, attributes)
}

/**
 * The error for a SYNCING answer about a block that the execution engine had. With `elSync` it fetches the block from
 * its peers, and `resync` waits for that; without, the heads must be read from it again.
 */
export function engineLostBlock(context: EngineContext, what: string): Error {
  const message = `the execution engine lost blocks: ${what}`
  if (!context.elSync) return new EngineResetRequiredError(message)
  context.knownBlocks.clear()
  context.store.update({ syncTarget: headsOf(context.store.state) })
  return new TemporaryEngineError(message)
}

async function sendForkchoice(
  context: EngineContext,
  forkchoice: ForkchoiceState,
  finalized: L2BlockRef,
  attributes?: PayloadAttributes,
): Promise<ForkchoiceUpdatedResult> {
  // Until the answer is there, what the engine believes is not certain.
  context.told = null
  const before = context.toldFinalized
  if (forkchoice.finalizedBlockHash === finalized.hash && advances(before ?? zeroL2BlockRef, finalized))
    context.toldFinalized = finalized
  try {
    const result = await context.engine.forkchoiceUpdated(forkchoice, attributes, context.signal)
    const { status } = result.payloadStatus
    if (status !== 'INVALID') context.told = forkchoice
    if (status !== 'VALID') context.toldFinalized = before
    else if (forkchoice.finalizedBlockHash === context.toldFinalized?.hash)
      context.confirmedFinalized = context.toldFinalized
    return result
  } catch (error) {
    if (error instanceof EngineApiError && error.code === engineErrorCode.invalidForkchoiceState) {
      // It may be that one which it does not take, where it was in this update, and has never confirmed.
      if (forkchoice.finalizedBlockHash === context.toldFinalized?.hash)
        context.toldFinalized = context.confirmedFinalized
      throw new ForkchoiceRefusedError(
        `the execution engine refuses the forkchoice (head ${forkchoice.headBlockHash}, safe ${forkchoice.safeBlockHash}, finalized ${forkchoice.finalizedBlockHash}): ${error.message}`,
        { cause: error },
      )
    }
    throw error
  }
}
