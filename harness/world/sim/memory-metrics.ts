import type { Labels, MetricsRegistry } from '../../../node/ports/metrics.ts'
import type { Metrics } from '../metrics.ts'

/** A node's registry with what it counts at hand: what live nodes serve over HTTP. */
export interface MemoryMetrics {
  readonly registry: MetricsRegistry
  /** As they are now, under the names of Prometheus's text format. */
  read(): Metrics
}

interface Sample {
  readonly labels: Labels
  value: number
}

interface Distribution {
  readonly labels: Labels
  sum: number
  /** Observations up to each bound and above the one before; the last: above all of them. */
  readonly counts: number[]
}

export function createMemoryMetrics(): MemoryMetrics {
  const values = new Map<string, ReadonlyMap<string, Sample>>()
  const histograms = new Map<
    string,
    { readonly bounds: readonly number[]; readonly of: ReadonlyMap<string, Distribution> }
  >()

  function declareValue(name: string): (labels: Labels) => Sample {
    const samples = new Map<string, Sample>()
    values.set(name, samples)
    return (labels) => itemOf(samples, labels, () => ({ labels, value: 0 }))
  }

  return {
    registry: {
      counter(name) {
        const sample = declareValue(name)
        return {
          inc(labels = {}, by = 1) {
            sample(labels).value += by
          },
        }
      },
      gauge(name) {
        const sample = declareValue(name)
        return {
          set(value, labels = {}) {
            sample(labels).value = value
          },
        }
      },
      histogram(name, _help, _labelNames, bounds = []) {
        const of = new Map<string, Distribution>()
        histograms.set(name, { bounds, of })
        return {
          observe(value, labels = {}) {
            const counts = () => Array.from({ length: bounds.length + 1 }, () => 0)
            const one = itemOf(of, labels, () => ({ labels, sum: 0, counts: counts() }))
            const at = bounds.findIndex((bound) => value <= bound)
            one.sum += value
            one.counts[at < 0 ? bounds.length : at]! += 1
          },
        }
      },
    },
    read() {
      const all = new Map<string, readonly Sample[]>()
      for (const [name, samples] of values)
        all.set(
          name,
          Array.from(samples.values(), (sample) => ({ ...sample })),
        )
      for (const [name, { bounds, of }] of histograms)
        for (const [suffix, samples] of Object.entries(seriesOf([...of.values()], bounds)))
          all.set(name + suffix, samples)
      return { value: (name, labels = {}) => sumOf(all, name, Object.entries(labels)) }
    },
  }
}

function itemOf<T>(items: Map<string, T>, labels: Labels, make: () => T): T {
  const key = Object.values(labels).join('\n')
  const item = items.get(key) ?? make()
  items.set(key, item)
  return item
}

/** The samples of a histogram by the endings of their names: a bucket has all up to its bound. */
function seriesOf(
  distributions: readonly Distribution[],
  bounds: readonly number[],
): Readonly<Record<'_sum' | '_count' | '_bucket', readonly Sample[]>> {
  const upTo = ({ counts }: Distribution, at: number) =>
    counts.slice(0, at + 1).reduce((total, count) => total + count, 0)
  return {
    _sum: distributions.map(({ labels, sum }) => ({ labels, value: sum })),
    _count: distributions.map((one) => ({ labels: one.labels, value: upTo(one, bounds.length) })),
    _bucket: distributions.flatMap((one) =>
      [...bounds.map(String), '+Inf'].map((le, at) => ({
        labels: { ...one.labels, le },
        value: upTo(one, at),
      })),
    ),
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
