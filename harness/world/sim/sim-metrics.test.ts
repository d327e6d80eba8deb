import { expect, it } from 'vitest'
import { createPrometheusMetrics } from '../../../node/adapters/metrics/prometheus-metrics.ts'
import { createNodeMetrics } from '../../../node/metrics.ts'
import { createFakeClock } from '../../../node/ports/testing/fake-clock.ts'
import { type Metrics, parseMetrics } from '../metrics.ts'
import { createSimMetrics } from './sim-metrics.ts'

it('reads what a node counts as the server of a live one shows it', async () => {
  const prometheus = createPrometheusMetrics({ opNodeNames: false, clock: createFakeClock() })
  const { registry, read } = createSimMetrics()
  const both = [prometheus.registry, registry].map(createNodeMetrics)
  const before = read()
  for (const { gossipMessages, refNumber, sequencerLateMs, rpcServerSeconds, engineResets } of both) {
    gossipMessages.inc({ verdict: 'reject', reason: 'bad_block_hash' })
    gossipMessages.inc({ verdict: 'reject', reason: 'bad_block_hash' }, 2)
    gossipMessages.inc({ verdict: 'ignore', reason: 'seen' })
    refNumber.set(7, { layer: 'l2', type: 'l2_safe' })
    refNumber.set(5, { layer: 'l2', type: 'l2_safe' })
    for (const value of [3, 50, 60, 9_000]) sequencerLateMs.observe(value)
    rpcServerSeconds.observe(0.3, { method: 'a' })
    rpcServerSeconds.observe(0.3, { method: 'b' })
    engineResets.inc()
  }
  const live = parseMetrics(await prometheus.exposition(), 'lockstep_node_')
  const metrics = read()
  const asked: readonly (readonly [...Parameters<Metrics['value']>, expected: number])[] = [
    ['p2p_gossip_messages_total', { verdict: 'reject', reason: 'bad_block_hash' }, 3],
    ['p2p_gossip_messages_total', { verdict: 'accept' }, 0],
    ['p2p_gossip_messages_total', {}, 4],
    ['refs_number', { type: 'l2_safe' }, 5],
    ['sequencer_block_late_ms_count', {}, 4],
    ['sequencer_block_late_ms_sum', {}, 9_113],
    ['sequencer_block_late_ms_bucket', { le: '50' }, 2],
    ['sequencer_block_late_ms_bucket', { le: '+Inf' }, 4],
    ['rpc_server_request_duration_seconds_count', { method: 'a' }, 1],
    ['engine_resets_total', {}, 1],
    ['finalized_conflicts_total', {}, 0],
  ]
  for (const [name, labels, expected] of asked) {
    expect([name, live.value(name, labels)]).toEqual([name, expected])
    expect([name, metrics.value(name, labels)]).toEqual([name, expected])
  }
  // What was read stays what it was.
  expect(before.value('p2p_gossip_messages_total')).toBe(0)
  expect(() => metrics.value('nonsense')).toThrow('there is no metric nonsense')
})
