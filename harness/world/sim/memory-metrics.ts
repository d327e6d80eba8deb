import type { Labels, MetricsRegistry } from '../../../node/ports/metrics.ts'
import type { Metrics } from '../metrics.ts'

/** What a node counts, without a server that shows it. */
export interface MemoryMetrics {
  readonly registry: MetricsRegistry
  /** As it is at this moment. Names are those of an exposition: a histogram has `_bucket`, `_count` and `_sum`. */
  read(): Metrics
}

interface Sample {
  readonly labels: Labels
  value: number
}

interface Observed {
  readonly labels: Labels
  /** For each bucket what it holds alone, and last what is above all. */
  readonly held: number[]
  sum: number
}

const noLabels: Labels = {}

export function createMemoryMetrics(): MemoryMetrics {
  /** Of each name, the samples of now. */
  const all = new Map<string, () => Sample[]>()

  function declareValue(name: string): (labels: Labels) => Sample {
    const [samples, of] = byLabels<Sample>((labels) => ({ labels, value: 0 }))
    all.set(name, () => Array.from(samples.values(), (sample) => ({ ...sample })))
    return of
  }

  return {
    registry: {
      counter(name) {
        const of = declareValue(name)
        return {
          inc(labels = noLabels, by = 1) {
            of(labels).value += by
          },
        }
      },
      gauge(name) {
        const of = declareValue(name)
        return {
          set(value, labels = noLabels) {
            of(labels).value = value
          },
        }
      },
      histogram(name, _help, _labelNames, buckets = []) {
        const [observed, of] = byLabels<Observed>((labels) => ({
          ...{ labels, sum: 0, held: [...buckets, 0].fill(0) },
        }))
        const each = (give: (one: Observed) => Sample[]) => () => [...observed.values()].flatMap(give)
        all.set(
          `${name}_bucket`,
          each(({ labels, held }) =>
            held.map((_, index) => ({
              labels: { ...labels, le: String(buckets[index] ?? '+Inf') },
              value: total(held.slice(0, index + 1)),
            })),
          ),
        )
        all.set(
          `${name}_count`,
          each(({ labels, held }) => [{ labels, value: total(held) }]),
        )
        all.set(
          `${name}_sum`,
          each(({ labels, sum }) => [{ labels, value: sum }]),
        )
        return {
          observe(value, labels = noLabels) {
            const one = of(labels)
            const index = buckets.findIndex((bound) => value <= bound)
            const place = index < 0 ? buckets.length : index
            one.held[place] = (one.held[place] ?? 0) + 1
            one.sum += value
          },
        }
      },
    },
    read() {
      const then = new Map([...all].map(([name, samples]) => [name, samples()]))
      return {
        value(name, labels = noLabels) {
          const samples = then.get(name)
          if (samples === undefined)
            throw new Error(`there is no metric ${name}; there are ${[...then.keys()].join(', ')}`)
          const wanted = Object.entries(labels)
          const fitting = samples.filter((one) =>
            wanted.every(([label, value]) => one.labels[label] === value),
          )
          return total(fitting.map(({ value }) => value))
        },
      }
    },
  }
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0)

/** What there is for each set of labels, and how to come by it. */
function byLabels<T>(
  make: (labels: Labels) => T,
): readonly [all: ReadonlyMap<string, T>, of: (labels: Labels) => T] {
  const all = new Map<string, T>()
  return [
    all,
    (labels) => {
      let key = ''
      for (const label in labels) key += `${label}=${labels[label]},`
      const known = all.get(key)
      if (known !== undefined) return known
      const made = make(labels)
      all.set(key, made)
      return made
    },
  ]
}
