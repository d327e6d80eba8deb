import type { RollupConfig } from '../config/rollup-config.ts'
import { l2BlockRefFromPayload } from '../protocol/block-ref.ts'
import { formatRef, type L2BlockRef } from '../protocol/refs.ts'
import type { InitialElSync } from './engine-client.ts'
import type { EngineContext } from './engine-context.ts'
import { headsOf } from './engine-store.ts'
import { EngineResetRequiredError, TemporaryEngineError } from './errors.ts'
import { applyHeads } from './forkchoice.ts'
import { locateLabels } from './labels.ts'

/**
 * Number of the block that becomes safe and finalized when the initial EL sync has ended at `tip`: the offset in whole
 * blocks, rounded up, below it, but not below genesis. Source: op-node, `--syncmode.offset-el-safe`.
 */
export function labelAfterElSync(config: RollupConfig, tip: bigint, offsetMs: number): bigint {
  const blocks = BigInt(Math.ceil(offsetMs / (Number(config.blockTime) * 1000)))
  const genesis = config.genesis.l2.number
  return tip - blocks > genesis ? tip - blocks : genesis
}

/**
 * Where the initial EL sync stands when the heads have been read from the execution engine. An engine with a finalized
 * block beyond genesis was synced before; one that lost its place in the middle of it begins again.
 */
export function elSyncAfterReset(context: EngineContext, finalized: L2BlockRef): InitialElSync {
  const { store, config, initialElSync: options, logger } = context
  const { initialized, initialElSync } = store.state
  if (options === null || (initialized && initialElSync === 'finished')) return 'finished'
  if (finalized.number > config.genesis.l2.number && !options.afterFinality) {
    logger.info('no initial EL sync: the execution engine has a finalized block', {
      finalized: formatRef(finalized),
    })
    return 'finished'
  }
  logger.info('the initial EL sync waits for an unsafe payload to sync to')
  return 'will-start'
}

/**
 * The execution engine has the chain up to the unsafe head: names the safe and finalized block from which derivation
 * goes on. A label that the engine had before does not go back.
 */
export async function finishElSync(context: EngineContext): Promise<void> {
  const { store, config, initialElSync: options, l2, knownBlocks, logger, signal } = context
  const heads = headsOf(store.state)
  const number = labelAfterElSync(config, heads.unsafe.number, options?.offsetMs ?? 0)
  const block = await l2.blockByNumber(number, signal)
  if (block === null)
    throw new TemporaryEngineError(`the execution engine has synced, but has no block ${number} yet`)
  const label = l2BlockRefFromPayload(config, block.payload)
  knownBlocks.add(label.hash)
  const atLeast = (ref: L2BlockRef) => (ref.number < label.number ? label : ref)
  const next = {
    unsafe: heads.unsafe,
    localSafe: atLeast(heads.localSafe),
    safe: atLeast(heads.safe),
    finalized: atLeast(heads.finalized),
  }
  const { stranger } = await locateLabels(context, [next.safe, next.finalized], 'canonical')
  if (stranger !== null) throw new EngineResetRequiredError(stranger)
  await applyHeads(context, { ...next, pendingSafe: next.localSafe, initialElSync: 'finished' })
  context.provenSafe = null
  await context.safeHeads?.reset(next.safe)
  logger.info('the initial EL sync has ended', {
    unsafe: formatRef(next.unsafe),
    safe: formatRef(next.safe),
    finalized: formatRef(next.finalized),
  })
}
