import { isForkActive } from '../../config/forks.ts'
import { l2BlockRefFromPayload } from '../../protocol/block-ref.ts'
import { isDepositTransaction } from '../../protocol/deposit-transaction.ts'
import type { AttributesWithParent } from '../../protocol/payload.ts'
import { formatRef, type L2BlockRef, sameBlock } from '../../protocol/refs.ts'
import { findAttributesMismatch } from '../attribute-match.ts'
import { type ConsolidateOutcome, isProving } from '../engine-client.ts'
import type { EngineContext } from '../engine-context.ts'
import { aimOf, headsOf } from '../engine-store.ts'
import { CriticalEngineError, EngineResetRequiredError, InvalidBlockError } from '../errors.ts'
import { applyHeads, moveLabels } from '../forkchoice.ts'
import { buildDerived } from './derived-build.ts'

/**
 * Derived attributes: the next unsafe block is safe when it is what they would build; otherwise they are built, which
 * reorgs the unsafe chain. Null while the execution engine is syncing and does not have the block yet.
 * Source: specs/protocol/derivation.md, "Engine Queue"; holocene/derivation.md, "Engine Queue".
 *
 * @throws EngineResetRequiredError when the attributes do not continue our derived chain, or contradict a safe block that
 * was kept without proof.
 * @throws CriticalEngineError when a block of deposits alone is invalid.
 */
export async function runConsolidate(
  context: EngineContext,
  attributes: AttributesWithParent,
): Promise<ConsolidateOutcome | null> {
  const { store, l2, config, signal, logger } = context
  const { parent } = attributes
  const { pendingSafe, localSafe, unsafe, elSyncing } = store.state
  // Attributes made before a block was replaced would build it again and again.
  if (parent.number < pendingSafe.number) return { kind: 'stale' }
  if (parent.hash !== pendingSafe.hash)
    throw new EngineResetRequiredError(
      `derived attributes build on ${formatRef(parent)}, but our derived chain ends at ${formatRef(pendingSafe)}`,
    )
  if (pendingSafe.number >= aimOf(store.state).unsafe.number) return build(context, attributes)

  const number = parent.number + 1n
  const block = await l2.blockByNumber(number, signal)
  if (block === null) {
    // Over a gap in the unsafe chain, derivation may be faster than a sync that has perhaps no peer to sync from.
    if (elSyncing) return context.elSync ? null : build(context, attributes)
    throw new EngineResetRequiredError(
      `the execution engine has no block ${number} although the unsafe head is ${formatRef(unsafe)}`,
    )
  }
  const mismatch = findAttributesMismatch(config, attributes, block)
  if (mismatch !== null && number <= localSafe.number)
    throw new EngineResetRequiredError(
      `L1 does not give the safe block ${number}:${block.payload.blockHash}, which was kept at the start: ${mismatch.reason}`,
    )
  if (mismatch !== null) {
    logger.warn('the unsafe chain differs from the derived one: replacing it', {
      unsafe: formatRef(unsafe),
      block: `${number}:${block.payload.blockHash}`,
      reason: mismatch.reason,
    })
    return build(context, attributes)
  }
  // A snap sync has blocks before it has their state: until it ends, none above our head is one that the engine executed.
  if (number > unsafe.number && context.elSync) return null
  const ref = l2BlockRefFromPayload(config, block.payload)
  context.knownBlocks.add(ref.hash)
  await promote(context, attributes, ref, null)
  return { kind: 'consolidated', block: ref }
}

async function build(context: EngineContext, attributes: AttributesWithParent): Promise<ConsolidateOutcome> {
  const { config, logger } = context
  const first = await buildDerived(context, attributes)
  if (first.kind === 'valid') {
    await promoteBuilt(context, attributes, first.block)
    return { kind: 'built', block: first.block }
  }
  const deposits = attributes.attributes.transactions.filter(isDepositTransaction)
  if (deposits.length === attributes.attributes.transactions.length)
    throw invalidDeposits(attributes, first.reason)
  logger.warn('a derived payload is invalid', { parent: formatRef(attributes.parent), reason: first.reason })
  if (!isForkActive(config.forks, 'holocene', attributes.attributes.timestamp)) {
    await restoreUnsafe(context)
    return { kind: 'dropped', reason: first.reason }
  }
  const reduced: AttributesWithParent = {
    ...attributes,
    attributes: { ...attributes.attributes, transactions: deposits },
    // The rest of its span batch is dropped with it.
    isLastInSpan: true,
  }
  const second = await buildDerived(context, reduced)
  if (second.kind === 'invalid') throw invalidDeposits(attributes, second.reason)
  await promoteBuilt(context, reduced, second.block)
  return { kind: 'deposits-only', block: second.block }
}

async function promoteBuilt(
  context: EngineContext,
  attributes: AttributesWithParent,
  block: L2BlockRef,
): Promise<void> {
  const { unsafe, elSyncing } = context.store.state
  const backup = unsafe.number > attributes.parent.number && !elSyncing ? unsafe : null
  await promote(context, attributes, block, block)
  // Only an unfinished span can still be taken back.
  if (!attributes.isLastInSpan) context.backupUnsafe ??= backup
}

/**
 * `block` is the newest derived block; local-safe, and safe with it, move to it when it ends its span.
 * @param unsafe the new unsafe head; null when it stays.
 */
async function promote(
  context: EngineContext,
  { isLastInSpan, derivedFrom }: AttributesWithParent,
  block: L2BlockRef,
  unsafe: L2BlockRef | null,
): Promise<void> {
  const { store, safeHeads } = context
  // Before the engine hears of it: see SafeHeads.record.
  if (isLastInSpan && derivedFrom !== undefined) await safeHeads?.record(derivedFrom, block)
  // What is safe already is only derived again: no head moves.
  if (isProving(store.state)) {
    if (isLastInSpan) context.provenSafe = sameBlock(block, store.state.localSafe) ? null : block
    return store.update({ pendingSafe: block })
  }
  const labels = { pendingSafe: block, ...(isLastInSpan ? { localSafe: block, safe: block } : {}) }
  if (unsafe === null) await moveLabels(context, labels)
  else await applyHeads(context, { ...headsOf(context.store.state), ...labels, unsafe })
  if (!isLastInSpan) return
  context.backupUnsafe = null
  context.provenSafe = null
}

/**
 * An invalid payload before Holocene takes its whole batch with it: the derived chain falls back to where the span
 * began, and the unsafe chain that its earlier blocks replaced comes back, if the execution engine still accepts it.
 */
async function restoreUnsafe(context: EngineContext): Promise<void> {
  const { store, backupUnsafe, logger } = context
  const { state } = store
  const pendingSafe = context.provenSafe ?? state.localSafe
  try {
    if (backupUnsafe === null) await moveLabels(context, { pendingSafe })
    else await applyHeads(context, { ...headsOf(state), unsafe: backupUnsafe, pendingSafe })
  } catch (error) {
    if (!(error instanceof InvalidBlockError) || backupUnsafe === null) throw error
    logger.warn('the unsafe chain that a span batch replaced does not come back', { reason: error.message })
    await applyHeads(context, { ...headsOf(state), pendingSafe })
  }
  context.backupUnsafe = null
}

function invalidDeposits({ parent }: AttributesWithParent, reason: string): CriticalEngineError {
  return new CriticalEngineError(
    `the block of deposits alone on ${formatRef(parent)} is invalid, which no chain input may cause: ${reason}; the execution engine's rules or state are not those of the chain`,
  )
}
