import { createSyncDecompressor } from '../../../adapters/zlib/sync-decompressor.ts'
import type { RollupConfig } from '../../../config/rollup-config.ts'
import type { Beacon } from '../../../ports/beacon.ts'
import type { L1Source } from '../../../ports/l1-source.ts'
import { createCountingMetrics } from '../../../ports/testing/counting-metrics.ts'
import { createSilentLogger } from '../../../ports/testing/silent-logger.ts'
import type { AttributesWithParent } from '../../../protocol/payload.ts'
import type { BlockId } from '../../../protocol/refs.ts'
import type { SafeHeads } from '../../../safe-heads/safe-heads.ts'
import { findRunUp } from '../../find-run-up.ts'
import { createPipeline, type Pipeline, type PipelineStep } from '../pipeline.ts'
import { createFakeL2, type FakeL2 } from './fake-l2.ts'

/** A verifier without engine actor: what the pipeline derives becomes the chain of a fake engine. */
export interface Verifier {
  readonly pipeline: Pipeline
  readonly l2: FakeL2
  /** Steps until the pipeline has read all of L1; a reset rewinds the chain as sync start would. */
  deriveAll(): Promise<void>
  /** Steps until the head has that number. */
  deriveUntil(head: bigint): Promise<void>
  /** One step; attributes are applied. */
  step(): Promise<PipelineStep>
  /** Starts over at the safe head, with the record of it if there is one: what of a span is not whole yet is forgotten. */
  reset(): Promise<void>
  readonly resets: readonly string[]
  /** Outcomes of judged batches and ignored data, by `type outcome`. */
  count(type: string, outcome: string): number
}

const stepsMax = 20_000

export function createVerifier(
  config: RollupConfig,
  l1: L1Source,
  beacon: Beacon | null = null,
  safeHeads: SafeHeads | null = null,
): Verifier {
  const l2 = createFakeL2(config)
  let safe = l2.head
  const isCanonical = async (block: BlockId) => (await l1.headerByNumber(block.number))?.hash === block.hash
  const { metrics, value } = createCountingMetrics()
  const pipeline = createPipeline({
    config,
    l1,
    beacon,
    l2,
    decompressor: createSyncDecompressor(),
    logger: createSilentLogger(),
    metrics,
    ...(safeHeads && {
      runUp: (head, stop) => findRunUp({ config, l2, safeHeads, isCanonical }, head, stop),
    }),
  })
  const { signal } = new AbortController()
  const resets: string[] = []

  async function step(): Promise<PipelineStep> {
    const result = await pipeline.step(l2.head, signal)
    if (result.kind === 'attributes') await apply(result.attributes)
    if (result.kind === 'reset') {
      resets.push(result.reason)
      await rewind()
      await pipeline.reset(l2.head, signal)
    }
    return result
  }

  async function apply({ attributes, isLastInSpan, derivedFrom }: AttributesWithParent): Promise<void> {
    const block = l2.build(attributes)
    if (!isLastInSpan) return
    safe = block
    if (derivedFrom !== undefined) await safeHeads?.record(derivedFrom, safe)
  }

  /** The newest block with a canonical origin, then a sequencing window back: its batches may be orphaned. */
  async function rewind(): Promise<void> {
    let number = l2.head.number
    while (!(await isCanonical(l2.ref(number).l1Origin))) number -= 1n
    const oldest = l2.ref(number).l1Origin.number - config.seqWindowSize
    while (number > config.genesis.l2.number && l2.ref(number).l1Origin.number > oldest) number -= 1n
    safe = l2.rewind(number)
  }

  return {
    pipeline,
    l2,
    step,
    async reset() {
      l2.rewind(safe.number)
      await pipeline.reset(safe, signal)
    },
    resets,
    async deriveAll() {
      for (let steps = 0; steps < stepsMax; steps++) if ((await step()).kind === 'idle') return
      throw new Error(`expected the pipeline to become idle within ${stepsMax} steps`)
    },
    async deriveUntil(head) {
      for (let steps = 0; l2.head.number < head; steps++)
        if (steps === stepsMax || (await step()).kind === 'idle')
          throw new Error(`expected the pipeline to derive block ${head}, it stopped at ${l2.head.number}`)
    },
    count: (type, outcome) => value('derived_batches_total', { type, outcome }),
  }
}
