import type { NodeMetrics } from '../../metrics.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Pipeline } from './pipeline.ts'

/** A pipeline whose steps are timed, with what waits inside it: the one place that measures derivation's progress. */
export function observePipeline(
  pipeline: Pipeline,
  { metrics, clock }: { readonly metrics: NodeMetrics; readonly clock: Clock },
): Pipeline {
  return {
    get origin() {
      return pipeline.origin
    },
    get held() {
      return pipeline.held
    },
    async step(parent, signal) {
      const startMs = clock.nowMs()
      const step = await pipeline.step(parent, signal)
      metrics.pipelineStepSeconds.observe((clock.nowMs() - startMs) / 1000, { outcome: step.kind })
      metrics.derivationIdle.set(step.kind === 'idle' ? 1 : 0)
      if (step.kind === 'advanced') {
        metrics.channelsOpen.set(pipeline.held.channels)
        metrics.channelsBytes.set(pipeline.held.bytes)
      }
      return step
    },
    reset: (safeHead, signal) => pipeline.reset(safeHead, signal),
    flushChannel: () => pipeline.flushChannel(),
  }
}
