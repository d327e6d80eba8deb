import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { PayloadEnvelope } from '../../protocol/payload.ts'
import { formatRef, sameBlock } from '../../protocol/refs.ts'
import { UnsafeHeadChangedError } from '../engine-client.ts'
import type { EngineContext } from '../engine-context.ts'
import { headsOf } from '../engine-store.ts'
import { InvalidBlockError } from '../errors.ts'
import { applyHeads, engineLostBlock } from '../forkchoice.ts'
import type { RequestOf } from '../requests.ts'

/**
 * Ends a sequencer's build and makes the block the unsafe head: getPayload, newPayload, forkchoice update.
 * @throws UnsafeHeadChangedError when the head moved since the build; InvalidBlockError when the engine refuses its own
 * block; TemporaryEngineError; EngineApiError as the engine answers it.
 */
export async function runSeal(
  context: EngineContext,
  { job, onInserted }: RequestOf<'seal'>,
): Promise<PayloadEnvelope> {
  const { engine, store, signal, config } = context
  const { parent } = job.attributes
  const { unsafe, holding } = store.state
  if (holding || !sameBlock(parent, unsafe))
    throw new UnsafeHeadChangedError(
      holding
        ? `cannot seal on ${formatRef(parent)}: the chain of the follow source is being adopted`
        : `cannot seal on ${formatRef(parent)}: the unsafe head is ${formatRef(unsafe)}`,
    )
  const envelope = await engine.getPayload(job.payloadId, job.attributes.attributes.timestamp, signal)
  const block = l2BlockRefFromPayload(config, envelope.payload)
  if (block.parentHash !== parent.hash)
    throw new InvalidBlockError(
      `the execution engine sealed ${formatRef(block)} on ${block.parentHash}, asked for ${formatRef(parent)}`,
    )
  const { status, validationError } = await engine.newPayload(envelope, signal)
  if (status === 'SYNCING' || status === 'ACCEPTED')
    throw engineLostBlock(context, `it answers ${status} for the block that it built, ${formatRef(block)}`)
  if (status !== 'VALID')
    throw new InvalidBlockError(
      `the execution engine answers ${status} for the block that it built, ${formatRef(block)}: ${validationError ?? 'no reason given'}`,
    )
  onInserted(envelope)
  await applyHeads(context, { ...headsOf(store.state), unsafe: block })
  return envelope
}
