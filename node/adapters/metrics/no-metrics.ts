import type { MetricsRegistry } from '../../ports/metrics.ts'

/** A registry that counts nothing: the node without `--metrics.enabled`. */
export function createNoMetrics(): MetricsRegistry {
  return {
    counter: () => ({ inc: () => {} }),
    gauge: () => ({ set: () => {} }),
    histogram: () => ({ observe: () => {} }),
  }
}
