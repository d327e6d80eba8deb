import { expect, it } from 'vitest'
import { createMemoryMetrics } from './memory-metrics.ts'

it('says what was counted, in all or with some labels', () => {
  const { registry, read } = createMemoryMetrics()
  const calls = registry.counter('calls_total', 'Calls', ['method', 'outcome'])
  calls.inc({ method: 'a', outcome: 'ok' })
  calls.inc({ method: 'a', outcome: 'ok' }, 2)
  calls.inc({ method: 'b', outcome: 'ok' })
  expect(read().value('calls_total')).toBe(4)
  expect(read().value('calls_total', { method: 'a' })).toBe(3)
  expect(read().value('calls_total', { outcome: 'ok', method: 'b' })).toBe(1)
  expect(read().value('calls_total', { method: 'c' })).toBe(0)
})

it('says what a gauge was set to last', () => {
  const { registry, read } = createMemoryMetrics()
  const head = registry.gauge('head', 'Head', ['layer'])
  head.set(5, { layer: 'l1' })
  head.set(7, { layer: 'l1' })
  expect(read().value('head')).toBe(7)
})

it('says of a histogram how many there were up to a bound, how many in all, and how much', () => {
  const { registry, read } = createMemoryMetrics()
  const late = registry.histogram('late_ms', 'Late', ['how'], [10, 50])
  for (const ms of [5, 10, 20, 70]) late.observe(ms, { how: 'idle' })
  const value = (name: string, le?: string) =>
    read().value(name, { how: 'idle', ...(le === undefined ? {} : { le }) })
  expect(['10', '50', '+Inf'].map((le) => value('late_ms_bucket', le))).toEqual([2, 3, 4])
  expect([value('late_ms_count'), value('late_ms_sum')]).toEqual([4, 105])
})

it('says what it was when it was read', () => {
  const { registry, read } = createMemoryMetrics()
  const calls = registry.counter('calls_total', 'Calls')
  calls.inc()
  const before = read()
  calls.inc()
  expect([before.value('calls_total'), read().value('calls_total')]).toEqual([1, 2])
})

it('says 0 before anything was counted, and nothing of what it does not know', () => {
  const { registry, read } = createMemoryMetrics()
  registry.counter('resets_total', 'Resets')
  expect(read().value('resets_total')).toBe(0)
  expect(() => read().value('no_total')).toThrow('there is no metric no_total; there are resets_total')
})
