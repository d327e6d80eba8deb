import { retryCall } from '../concurrency/retry-call.ts'
import { findNonCanonical } from '../l1/canonicality.ts'
import { withConfirmations } from '../l1/confirmed-l1.ts'
import { requestsPerBlock, withReadAhead } from '../l1/read-ahead-l1.ts'
import type { NodeMode } from '../node-mode.ts'
import type { BlockId } from '../protocol/refs.ts'
import { createFinalizer } from './finalizer.ts'
import { findRunUp } from './find-run-up.ts'
import { createLocalDerivation } from './local.ts'
import { observePipeline } from './pipeline/observe-pipeline.ts'
import { createPipeline } from './pipeline/pipeline.ts'

/** Of each call on the walk to the pipeline's start. */
const walkRetries = { attemptsMax: 6, backOff: { firstMs: 50, maxMs: 500 } }

/** Normal mode: derive from own L1. */
export const deriveMode: NodeMode = (config, ports, { engine, watcher, safeHeads }) => {
  const { l1, beacon, decompressor, l2, clock, random, metrics } = ports
  const { confirmations, maxConcurrency } = config.l1
  if (config.follow !== null || decompressor === null)
    throw new Error('normal mode: expected a decompressor and no follow source')
  const logger = ports.logger.child({ actor: 'derivation' })
  const l1Ahead = withReadAhead(l1.withPriority('next'), {
    ahead: l1.withPriority('ahead'),
    blocksAhead: Math.floor(maxConcurrency / requestsPerBlock),
    finalizedNumber: () => watcher.heads.finalized.number,
  })
  const confirmedL1 = withConfirmations(l1Ahead, confirmations, () => watcher.heads.latest.number)
  return createLocalDerivation({
    pipeline: observePipeline(
      createPipeline({
        config: config.rollup,
        upgrades: config.upgrades,
        runUp(safeHead, signal) {
          const isCanonical = async (block: BlockId) =>
            (await findNonCanonical(confirmedL1, [block], signal)) === null
          return findRunUp({ config: config.rollup, l2, safeHeads, isCanonical }, safeHead, signal)
        },
        l1: confirmedL1,
        again: (call, signal) => retryCall(call, { clock, random, signal, ...walkRetries }),
        beacon,
        decompressor,
        l2,
        logger,
        metrics,
      }),
      { metrics, clock },
    ),
    finalizer: createFinalizer({
      ...{ l1: l1.withPriority('heads'), reaches: watcher.reaches },
      ...{ engine, safeHeads, logger },
    }),
    engine,
    watcher,
    clock,
    random,
    logger,
    metrics,
  })
}
