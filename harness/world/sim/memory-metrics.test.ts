import { describe, expect, it } from 'vitest'
import { createPrometheusMetrics } from '../../../node/adapters/metrics/prometheus-metrics.ts'
import type { MetricsRegistry } from '../../../node/ports/metrics.ts'
import { createFakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { parseMetrics } from '../metrics.ts'
import { createMemoryMetrics } from './memory-metrics.ts'

function count(registry: MetricsRegistry): void {
  const calls = registry.counter('calls_total', 'Calls', ['target', 'outcome'])
  calls.inc({ target: 'l1', outcome: 'ok' })
  calls.inc({ target: 'l1', outcome: 'http_503' }, 2)
  calls.inc({ target: 'beacon', outcome: 'ok' })
  const head = registry.gauge('head', 'Head')
  head.set(7)
  head.set(5)
  registry.counter('never_total', 'Nothing')
  const late = registry.histogram('late', 'Lateness', ['of'], [1, 5, 10])
  for (const ms of [0, 1, 2, 9, 10, 11]) late.observe(ms, { of: 'block' })
  late.observe(3, { of: 'other' })
}

describe('metrics in memory', () => {
  it('are those that Prometheus serves of the same', async () => {
    const [memory, served] = [
      createMemoryMetrics(),
      createPrometheusMetrics({ opNodeNames: false, clock: createFakeClock(0) }),
    ]
    count(memory.registry)
    count(served.registry)
    const expected = parseMetrics(await served.exposition(), 'lockstep_node_')
    const read = memory.read()
    for (const [name, labels] of [
      ['calls_total', {}],
      ['calls_total', { target: 'l1' }],
      ['calls_total', { outcome: 'ok' }],
      ['calls_total', { target: 'l1', outcome: 'http_500' }],
      ['head', {}],
      ['never_total', {}],
      ['late_sum', {}],
      ['late_count', { of: 'block' }],
      ['late_bucket', { of: 'block', le: '1' }],
      ['late_bucket', { le: '5' }],
      ['late_bucket', { le: '+Inf' }],
    ] as const)
      expect(read.value(name, labels), `${name} ${JSON.stringify(labels)}`).toBe(expected.value(name, labels))
    expect(() => read.value('unknown')).toThrow('there is no metric unknown')
  })

  it('stay as they were when they were read', () => {
    const { registry, read } = createMemoryMetrics()
    const calls = registry.counter('calls_total', 'Calls')
    calls.inc()
    const before = read()
    calls.inc()
    expect([before.value('calls_total'), read().value('calls_total')]).toEqual([1, 2])
  })
})
