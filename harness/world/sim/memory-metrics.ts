import type { Labels, MetricsRegistry } from '../../../node/ports/metrics.ts'
import type { Metrics } from '../metrics.ts'

/** A node's registry with what it counts at hand: what live nodes serve over HTTP. */
export interface MemoryMetrics {
  readonly registry: MetricsRegistry
  /** As they are now. */
  read(): Metrics
}

interface Sample {
  readonly labels: Labels
  value: number
}

/** Of a histogram there are the sum and the count. */
export function createMemoryMetrics(): MemoryMetrics {
  const all = new Map<string, Map<string, Sample>>()

  /** The sample of a metric with these labels, which begins at 0. */
  function declare(name: string): (labels: Labels) => Sample {
    const samples = all.get(name) ?? new Map<string, Sample>()
    all.set(name, samples)
    return (labels) => {
      const key = Object.values(labels).join('\n')
      const sample = samples.get(key) ?? { labels, value: 0 }
      samples.set(key, sample)
      return sample
    }
  }

  return {
    registry: {
      counter(name) {
        const sample = declare(name)
        return {
          inc(labels = {}, by = 1) {
            sample(labels).value += by
          },
        }
      },
      gauge(name) {
        const sample = declare(name)
        return {
          set(value, labels = {}) {
            sample(labels).value = value
          },
        }
      },
      histogram(name) {
        const [sum, count] = [declare(`${name}_sum`), declare(`${name}_count`)]
        return {
          observe(value, labels = {}) {
            sum(labels).value += value
            count(labels).value++
          },
        }
      },
    },
    read() {
      const now = new Map(
        [...all].map(([name, samples]) => [name, Array.from(samples.values(), (sample) => ({ ...sample }))]),
      )
      return { value: (name, labels = {}) => sumOf(now, name, Object.entries(labels)) }
    },
  }
}

function sumOf(
  all: ReadonlyMap<string, readonly Sample[]>,
  name: string,
  wanted: readonly (readonly [string, string])[],
): number {
  const samples = all.get(name)
  if (samples === undefined)
    throw new Error(`there is no metric ${name}; there are ${[...all.keys()].join(', ')}`)
  return samples
    .filter((sample) => wanted.every(([label, value]) => sample.labels[label] === value))
    .reduce((total, { value }) => total + value, 0)
}
