import type { Labels, MetricsRegistry } from '../../../node/ports/metrics.ts'
import type { Metrics } from '../metrics.ts'

/** What a node counts, and how a scenario reads it: in this process, where no server shows it. */
export interface SimMetrics {
  readonly registry: MetricsRegistry
  /** As it is now. */
  read(): Metrics
}

interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** Of one histogram with some labels: how many values fell into each bucket, the last of which has no end. */
interface Series {
  readonly labels: Labels
  readonly counts: number[]
  sum: number
}

/** The samples of a histogram have the names that Prometheus gives them (exposition formats, "Histograms and summaries"). */
export function createSimMetrics(): SimMetrics {
  const known = new Map<string, () => readonly Sample[]>()

  /** Declares a counter or a gauge; returns what changes the sample with some labels. */
  function declare(name: string): (labels: Labels, change: (before: number) => number) => void {
    const samples = new Map<string, Sample>()
    known.set(name, () => [...samples.values()])
    return (labels, change) => {
      const key = keyOf(labels)
      samples.set(key, { labels, value: change(samples.get(key)?.value ?? 0) })
    }
  }

  return {
    registry: {
      counter(name) {
        const sample = declare(name)
        return { inc: (labels = {}, by = 1) => sample(labels, (before) => before + by) }
      },
      gauge(name) {
        const sample = declare(name)
        return { set: (value, labels = {}) => sample(labels, () => value) }
      },
      histogram(name, _help, _labelNames, buckets = []) {
        const all = new Map<string, Series>()
        const samplesOf = (read: (one: Series) => readonly Sample[]) => () => [...all.values()].flatMap(read)
        const countOf = ({ counts }: Series, until = counts.length) =>
          counts.slice(0, until).reduce((sum, count) => sum + count, 0)
        known.set(
          `${name}_count`,
          samplesOf((one) => [{ labels: one.labels, value: countOf(one) }]),
        )
        known.set(
          `${name}_sum`,
          samplesOf(({ labels, sum }) => [{ labels, value: sum }]),
        )
        known.set(
          `${name}_bucket`,
          samplesOf((one) =>
            [...buckets.map(String), '+Inf'].map((le, at) => ({
              labels: { ...one.labels, le },
              value: countOf(one, at + 1),
            })),
          ),
        )
        return {
          observe(value, labels = {}) {
            const key = keyOf(labels)
            const one = all.get(key) ?? { labels, counts: Array(buckets.length + 1).fill(0), sum: 0 }
            all.set(key, one)
            const at = buckets.findIndex((limit) => value <= limit)
            one.counts[at < 0 ? buckets.length : at]!++
            one.sum += value
          },
        }
      },
    },
    read() {
      const now = new Map(Array.from(known, ([name, samples]) => [name, samples()]))
      return {
        value(name, wanted = {}) {
          const samples = now.get(name)
          if (samples === undefined)
            throw new Error(`there is no metric ${name}; there are ${[...now.keys()].join(', ')}`)
          return samples
            .filter(({ labels }) => Object.entries(wanted).every(([label, value]) => labels[label] === value))
            .reduce((sum, { value }) => sum + value, 0)
        },
      }
    },
  }
}

/** Whoever counts names its labels in one order. */
const keyOf = (labels: Labels): string => Object.values(labels).join(' ')
