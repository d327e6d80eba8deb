import type { AttributesWithParent } from '../../protocol/payload.ts'
import { formatRef, sameBlock } from '../../protocol/refs.ts'
import { type BuildJob, UnsafeHeadChangedError } from '../engine-client.ts'
import type { EngineContext } from '../engine-context.ts'
import { EngineResetRequiredError, TemporaryEngineError } from '../errors.ts'
import { engineLostBlock, startBuild } from '../forkchoice.ts'

/**
 * Starts a sequencer's block on the unsafe head: one forkchoice update with attributes.
 * @throws UnsafeHeadChangedError when the parent is not the unsafe head; TemporaryEngineError while the engine syncs or
 * the head is being replaced; EngineApiError as the engine answers it.
 */
export async function runBuild(context: EngineContext, attributes: AttributesWithParent): Promise<BuildJob> {
  const { parent } = attributes
  const { unsafe, holding, elSyncing, initialElSync } = context.store.state
  if (!sameBlock(parent, unsafe))
    throw new UnsafeHeadChangedError(
      `cannot build on ${formatRef(parent)}: the unsafe head is ${formatRef(unsafe)}`,
    )
  if (holding)
    throw new TemporaryEngineError(
      `cannot build on ${formatRef(unsafe)}: the chain of the follow source is being adopted`,
    )
  if (elSyncing)
    throw new TemporaryEngineError(
      `cannot build on ${formatRef(unsafe)}: the execution engine is syncing to it`,
    )
  // A sequencer's own block is the tip of the chain: there is nothing to sync to.
  if (initialElSync === 'will-start') context.store.update({ initialElSync: 'finished' })

  const { payloadStatus, payloadId } = await startBuild(context, unsafe, attributes.attributes)
  if (payloadStatus.status === 'INVALID')
    throw new EngineResetRequiredError(
      `the execution engine answers INVALID for its own head ${formatRef(unsafe)}: ${payloadStatus.validationError ?? 'no reason given'}`,
    )
  if (payloadStatus.status !== 'VALID')
    throw engineLostBlock(context, `it answers ${payloadStatus.status} for its head ${formatRef(unsafe)}`)
  if (payloadId === null)
    throw new TemporaryEngineError(
      `the execution engine started no build on ${formatRef(unsafe)} although attributes were given`,
    )
  return { payloadId, attributes }
}
