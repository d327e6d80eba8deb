import { EngineApiError, engineErrorCode } from '../ports/engine-api.ts'
import type { ForkchoiceState, ForkchoiceUpdatedResult, PayloadAttributes } from '../protocol/payload.ts'
import { formatRef, type L2BlockRef } from '../protocol/refs.ts'
import type { EngineHeads, EngineState } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'
import {
  CriticalEngineError,
  EngineResetRequiredError,
  InvalidBlockError,
  TemporaryEngineError,
} from './errors.ts'
import { brokenInvariant, forkchoiceStateOf, needsForkchoiceUpdate } from './forkchoice-rules.ts'

/** Heads to adopt, with the fields that change with them. */
export type HeadsChange = EngineHeads & Partial<EngineState>

export interface ApplyHeadsOptions {
  /** The execution engine need not have the head: SYNCING means that it fetches it. */
  readonly engineMayLackHead?: boolean
  /** Send the update although nothing changed: the engine has not accepted it yet. */
  readonly force?: boolean
}

/**
 * Adopts heads: tells the execution engine with one forkchoice update (none when it was told the same already), then
 * publishes. Also when the answer is SYNCING: the engine then fetches the head, and `resync` tells it again.
 *
 * @throws EngineResetRequiredError on −38002, and on a SYNCING answer that means a lost block.
 * @throws InvalidBlockError when the head is INVALID; nothing was adopted.
 */
export async function applyHeads(
  context: EngineContext,
  change: HeadsChange,
  options: ApplyHeadsOptions = {},
): Promise<void> {
  const { store, knownBlocks } = context
  const broken = brokenInvariant(change)
  if (broken !== null) throw new CriticalEngineError(`refused a forkchoice update: ${broken}`)
  const initialElSync = change.initialElSync ?? store.state.initialElSync
  // With labels an engine may think that it has most of the chain, and not use its fast way to sync.
  const engineHas = initialElSync === 'started' ? () => false : knownBlocks.has
  const forkchoice = forkchoiceStateOf(change, engineHas)
  if (!options.force && !needsForkchoiceUpdate(context.told, forkchoice)) return store.update(change)

  const { payloadStatus } = await sendForkchoice(context, forkchoice)
  switch (payloadStatus.status) {
    case 'VALID':
      knownBlocks.add(change.unsafe.hash)
      context.sync = null
      return store.update({
        ...change,
        elSyncing: false,
        initialElSync: initialElSync === 'started' ? 'finished-not-finalized' : initialElSync,
      })
    case 'SYNCING':
    case 'ACCEPTED':
      if (!options.engineMayLackHead && !store.state.elSyncing && !context.elSync)
        throw new EngineResetRequiredError(
          `the execution engine answers ${payloadStatus.status} for ${formatRef(change.unsafe)}, which it had`,
        )
      // It may have lost more than the head; what it has is looked up again when it has caught up.
      knownBlocks.clear()
      return store.update({ ...change, elSyncing: true })
    default:
      throw new InvalidBlockError(
        `the execution engine answers ${payloadStatus.status} for ${formatRef(change.unsafe)}: ${payloadStatus.validationError ?? 'no reason given'}`,
      )
  }
}

/** Forkchoice update with attributes on `head`; the labels stay those of the state, as far as they lie below it. */
export async function startBuild(
  context: EngineContext,
  head: L2BlockRef,
  attributes: PayloadAttributes,
): Promise<ForkchoiceUpdatedResult> {
  const { state } = context.store
  const heads = { ...state, unsafe: head }
  const broken = brokenInvariant(heads)
  if (broken !== null) throw new EngineResetRequiredError(`cannot build on ${formatRef(head)}: ${broken}`)
  return sendForkchoice(context, forkchoiceStateOf(heads, context.knownBlocks.has), attributes)
}

/**
 * The error for a SYNCING answer about a block that the execution engine had. With `elSync` it fetches the block from
 * its peers, and `resync` waits for that; without, the heads must be read from it again.
 */
export function engineLostBlock(context: EngineContext, what: string): Error {
  const message = `the execution engine lost blocks: ${what}`
  if (!context.elSync) return new EngineResetRequiredError(message)
  context.knownBlocks.clear()
  context.store.update({ elSyncing: true })
  return new TemporaryEngineError(message)
}

async function sendForkchoice(
  context: EngineContext,
  forkchoice: ForkchoiceState,
  attributes?: PayloadAttributes,
): Promise<ForkchoiceUpdatedResult> {
  // Until the answer is there, what the engine believes is not certain.
  context.told = null
  try {
    const result = await context.engine.forkchoiceUpdated(forkchoice, attributes, context.signal)
    if (result.payloadStatus.status !== 'INVALID') context.told = forkchoice
    return result
  } catch (error) {
    if (error instanceof EngineApiError && error.code === engineErrorCode.invalidForkchoiceState)
      throw new EngineResetRequiredError(
        `the execution engine refuses the forkchoice (head ${forkchoice.headBlockHash}, safe ${forkchoice.safeBlockHash}, finalized ${forkchoice.finalizedBlockHash}): ${error.message}`,
        { cause: error },
      )
    throw error
  }
}
