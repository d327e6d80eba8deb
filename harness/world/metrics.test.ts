import { describe, expect, it } from 'vitest'
import { parseMetrics } from './metrics.ts'

const metrics = parseMetrics(
  [
    '# HELP node_resets_total Resets',
    '# TYPE node_resets_total counter',
    'node_resets_total{reason="engine",kind="a \\"b\\", c"} 2',
    'node_resets_total{reason="l1-reorg",kind="d"} 3',
    '',
    '# TYPE node_up gauge',
    'node_up 1',
    '# TYPE node_batches_total counter',
  ].join('\n'),
  'node_',
)

describe('parseMetrics', () => {
  it.each([
    { name: 'resets_total', labels: {}, value: 5 },
    { name: 'resets_total', labels: { reason: 'engine' }, value: 2 },
    { name: 'resets_total', labels: { reason: 'l1-reorg', kind: 'a' }, value: 0 },
    { name: 'up', labels: {}, value: 1 },
    { name: 'batches_total', labels: {}, value: 0 },
  ])('sums $name $labels', ({ name, labels, value }) => {
    expect(metrics.value(name, labels)).toBe(value)
  })

  it('refuses a name that the node does not have', () => {
    expect(() => metrics.value('restarts_total')).toThrow('there is no metric node_restarts_total')
  })
})
