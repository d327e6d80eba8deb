import prometheus from 'prom-client'
import type { Labels, MetricsRegistry } from '../ports/metrics.ts'

/** Every metric's name begins with this. */
const metricsPrefix = 'lockstep_node_'

export interface PrometheusMetrics {
  readonly registry: MetricsRegistry
  /** The HTTP content type of `exposition`. */
  readonly contentType: string
  /** All metrics in Prometheus's text format, with the process's own (`process_*`, `nodejs_*`). */
  exposition(): Promise<string>
}

/** The MetricsRegistry port on prom-client, with a registry of its own: two nodes in one process do not mix. */
export function createPrometheusMetrics(): PrometheusMetrics {
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  const options = (name: string, help: string, labelNames: readonly string[] = []) => ({
    name: metricsPrefix + name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
  })
  return {
    registry: {
      counter(name, help, labelNames) {
        const counter = new prometheus.Counter(options(name, help, labelNames))
        return { inc: (labels, by = 1) => counter.inc(mutable(labels), by) }
      },
      gauge(name, help, labelNames) {
        const gauge = new prometheus.Gauge(options(name, help, labelNames))
        return { set: (value, labels) => gauge.set(mutable(labels), value) }
      },
      histogram(name, help, labelNames, buckets) {
        const histogram = new prometheus.Histogram({
          ...options(name, help, labelNames),
          ...(buckets === undefined ? {} : { buckets: [...buckets] }),
        })
        return { observe: (value, labels) => histogram.observe(mutable(labels), value) }
      },
    },
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
  }
}

const mutable = (labels: Labels | undefined): Record<string, string> => ({ ...labels })
