import { createNoMetrics } from '../../node/adapters/metrics/no-metrics.ts'
import { createDecompressor } from '../../node/adapters/zlib/decompressor.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { createPipeline } from '../../node/derivation/pipeline/pipeline.ts'
import { createNodeMetrics } from '../../node/metrics.ts'
import type { L1Source } from '../../node/ports/l1-source.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { PayloadAttributes } from '../../node/protocol/payload.ts'
import { type BenchL2, buildOn, createBenchL2 } from './l2.ts'

export interface Derivation {
  readonly l2: BenchL2
  /** Derives until the chain has that many blocks. Throws when the pipeline wants a reset or runs out of L1. */
  until(l2Blocks: number): Promise<void>
}

/** As the node does: sockets are served in between. */
const sliceMs = 20

/**
 * The whole pipeline from L1 to attributes, on an L2 that takes what it is given.
 * @param onAttributes looks at each block's attributes.
 */
export function createDerivation(
  config: RollupConfig,
  l1: L1Source,
  onAttributes: (l2Number: number, attributes: PayloadAttributes) => void = () => {},
): Derivation {
  const l2 = createBenchL2(config)
  const metrics = createNodeMetrics(createNoMetrics())
  const pipeline = createPipeline({
    config,
    l1,
    l2,
    decompressor: createDecompressor(),
    logger: noLogger,
    metrics,
  })
  const { signal } = new AbortController()
  let started = false
  let sliceStartMs = performance.now()
  return {
    l2,
    async until(l2Blocks) {
      if (!started) await pipeline.reset(l2.head, signal)
      started = true
      while (l2.head.number < l2Blocks) {
        if (performance.now() - sliceStartMs > sliceMs) {
          await new Promise((resolve) => setImmediate(resolve))
          sliceStartMs = performance.now()
        }
        const step = await pipeline.step(l2.head, signal)
        if (step.kind === 'attributes') {
          const { attributes } = step.attributes
          l2.append(buildOn(l2.headBlock, attributes))
          onAttributes(Number(l2.head.number), attributes)
        } else if (step.kind === 'idle' || step.kind === 'reset')
          throw new Error(
            `expected ${l2Blocks} blocks, derivation is ${JSON.stringify(step)} at ${l2.head.number}`,
          )
      }
    },
  }
}

/** Keeps nothing, so that the heap shows what derivation keeps. */
export const noLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => noLogger,
}
