import { createNodeMetrics, type NodeMetrics } from '../../metrics.ts'
import type { Labels } from '../metrics.ts'

/** Metrics for tests, readable by name and labels. */
export interface CountingMetrics {
  readonly metrics: NodeMetrics
  /** The value of a counter or gauge, or how often a histogram was fed; 0 when it never was. */
  value(name: string, labels?: Labels): number
}

export function createCountingMetrics(): CountingMetrics {
  const values = new Map<string, number>()
  const key = (name: string, labels: Labels = {}) =>
    `${name} ${JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))}`
  const add = (name: string, labels: Labels | undefined, by: number) =>
    values.set(key(name, labels), (values.get(key(name, labels)) ?? 0) + by)
  return {
    metrics: createNodeMetrics({
      counter: (name) => ({ inc: (labels, by = 1) => void add(name, labels, by) }),
      gauge: (name) => ({ set: (value, labels) => void values.set(key(name, labels), value) }),
      histogram: (name) => ({ observe: (_value, labels) => void add(name, labels, 1) }),
    }),
    value: (name, labels) => values.get(key(name, labels)) ?? 0,
  }
}
