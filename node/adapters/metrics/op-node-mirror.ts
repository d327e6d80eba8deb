import prometheus from 'prom-client'
import type { Clock } from '../../ports/clock.ts'
import type { Labels } from '../../ports/metrics.ts'
import { type OpNodeMetric, opNodeMetrics, opNodePrefix } from './op-node-metrics.ts'

/** Repeats what was recorded in one of our metrics. */
type Mirror = (labels: Labels, value: number) => void

/**
 * Registers op-node's metrics, and answers by the name of one of ours with what repeats it under op-node's names;
 * undefined when op-node has no such metric.
 */
export function mirrorOpNodeMetrics(
  registry: prometheus.Registry,
  clock: Clock,
): (ourName: string) => Mirror | undefined {
  const mirrors = new Map<string, Mirror[]>()
  for (const metric of opNodeMetrics)
    mirrors.set(metric.from, [...(mirrors.get(metric.from) ?? []), createMirror(metric, registry, clock)])
  return (ourName) => {
    const theirs = mirrors.get(ourName)
    if (theirs === undefined) return undefined
    return (labels, value) => {
      for (const mirror of theirs) mirror(labels, value)
    }
  }
}

function createMirror(metric: OpNodeMetric, registry: prometheus.Registry, clock: Clock): Mirror {
  const record = createRecorder(metric, registry)
  const labelNames = metric.labels ?? []
  const relabel =
    metric.relabel ?? ((labels) => Object.fromEntries(labelNames.map((name) => [name, labels[name] ?? ''])))
  const recorded = (value: number): number => {
    if (metric.records === 'one') return 1
    return metric.records === 'now' ? clock.nowMs() / 1000 : value
  }
  return (labels, value) => {
    const theirs = relabel(labels)
    if (theirs !== null) record(theirs, recorded(value))
  }
}

function createRecorder(metric: OpNodeMetric, registry: prometheus.Registry): Mirror {
  const options = {
    name: opNodePrefix + metric.name,
    help: metric.help,
    labelNames: [...(metric.labels ?? [])],
    registers: [registry],
  }
  if (metric.type === 'counter') {
    const counter = new prometheus.Counter(options)
    return (labels, value) => counter.inc({ ...labels }, value)
  }
  if (metric.type === 'histogram') {
    const histogram = new prometheus.Histogram({ ...options, buckets: [...(metric.buckets ?? [])] })
    return (labels, value) => histogram.observe({ ...labels }, value)
  }
  const gauge = new prometheus.Gauge(options)
  return metric.records === 'sum'
    ? (labels, value) => gauge.inc({ ...labels }, value)
    : (labels, value) => gauge.set({ ...labels }, value)
}
