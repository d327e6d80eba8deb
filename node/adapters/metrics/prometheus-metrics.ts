import prometheus from 'prom-client'
import type { Clock } from '../../ports/clock.ts'
import type { Labels, MetricsRegistry } from '../../ports/metrics.ts'
import { mirrorOpNodeMetrics } from './op-node-mirror.ts'

/** Every metric's name begins with this. */
const metricsPrefix = 'lockstep_node_'

export interface PrometheusMetrics {
  readonly registry: MetricsRegistry
  /** The HTTP content type of `exposition`. */
  readonly contentType: string
  /** All metrics in Prometheus's text format, with the process's own (`process_*`, `nodejs_*`). */
  exposition(): Promise<string>
}

export interface PrometheusMetricsOptions {
  /** Serves the metrics under op-node's names as well. */
  readonly opNodeNames: boolean
  readonly clock: Clock
}

/** The MetricsRegistry port on prom-client, with a registry of its own: two nodes in one process do not mix. */
export function createPrometheusMetrics({ opNodeNames, clock }: PrometheusMetricsOptions): PrometheusMetrics {
  const registry = new prometheus.Registry()
  prometheus.collectDefaultMetrics({ register: registry })
  const mirrorOf = opNodeNames ? mirrorOpNodeMetrics(registry, clock) : () => undefined
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
        const mirror = mirrorOf(name)
        return {
          inc(labels = {}, by = 1) {
            counter.inc(mutable(labels), by)
            mirror?.(labels, by)
          },
        }
      },
      gauge(name, help, labelNames) {
        const gauge = new prometheus.Gauge(options(name, help, labelNames))
        const mirror = mirrorOf(name)
        return {
          set(value, labels = {}) {
            gauge.set(mutable(labels), value)
            mirror?.(labels, value)
          },
        }
      },
      histogram(name, help, labelNames, buckets) {
        const histogram = new prometheus.Histogram({
          ...options(name, help, labelNames),
          ...(buckets === undefined ? {} : { buckets: [...buckets] }),
        })
        const mirror = mirrorOf(name)
        return {
          observe(value, labels = {}) {
            histogram.observe(mutable(labels), value)
            mirror?.(labels, value)
          },
        }
      },
    },
    contentType: registry.contentType,
    exposition: () => registry.metrics(),
  }
}

const mutable = (labels: Labels): Record<string, string> => ({ ...labels })
