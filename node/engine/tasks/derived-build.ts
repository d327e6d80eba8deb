import { EngineApiError, engineErrorCode } from '../../ports/engine-api.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import { formatRef, type L2BlockRef } from '../../protocol/refs.ts'
import type { EngineContext } from '../engine-context.ts'
import { EngineResetRequiredError } from '../errors.ts'
import { engineLostBlock, startBuild } from '../forkchoice.ts'

/** A block that the execution engine made of derived attributes, known to be valid but not the head yet. */
export type DerivedBuild =
  | { readonly kind: 'valid'; readonly block: L2BlockRef }
  | { readonly kind: 'invalid'; readonly reason: string }

/**
 * Builds and inserts a block from derived attributes: forkchoice update with attributes, getPayload, newPayload.
 * Source: specs/protocol/derivation.md, "L1-sync: payload attributes processing".
 */
export async function buildDerived(
  context: EngineContext,
  { attributes, parent }: Pick<AttributesWithParent, 'attributes' | 'parent'>,
): Promise<DerivedBuild> {
  const { engine, signal, config, knownBlocks } = context
  let payloadId: `0x${string}` | null
  try {
    const started = await startBuild(context, parent, attributes)
    const { status, validationError } = started.payloadStatus
    if (status === 'INVALID')
      throw new EngineResetRequiredError(
        `the execution engine answers INVALID for the parent ${formatRef(parent)}: ${validationError ?? 'no reason given'}`,
      )
    if (status !== 'VALID')
      throw engineLostBlock(context, `it answers ${status} for the parent ${formatRef(parent)}`)
    payloadId = started.payloadId
  } catch (error) {
    if (error instanceof EngineApiError && error.code === engineErrorCode.invalidPayloadAttributes)
      return { kind: 'invalid', reason: `invalid payload attributes: ${error.message}` }
    throw error
  }
  if (payloadId === null)
    throw new Error(
      `the execution engine started no build on ${formatRef(parent)} although attributes were given`,
    )
  const envelope = await engine.getPayload(payloadId, attributes.timestamp, signal)
  const { status, validationError } = await engine.newPayload(envelope, signal)
  if (status === 'INVALID' || status === 'INVALID_BLOCK_HASH')
    return { kind: 'invalid', reason: `${status}: ${validationError ?? 'no reason given'}` }
  const block = l2BlockRefFromPayload(config, envelope.payload)
  if (status !== 'VALID')
    throw engineLostBlock(context, `it answers ${status} for the block that it built, ${formatRef(block)}`)
  knownBlocks.add(block.hash)
  return { kind: 'valid', block }
}
