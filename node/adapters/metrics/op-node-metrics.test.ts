import { afterEach, describe, expect, it } from 'vitest'
import { createNodeMetrics } from '../../metrics.ts'
import { createFakeClock } from '../../ports/testing/fake-clock.ts'
import { type MetricsServer, startMetricsServer } from './metrics-server.ts'
import { createPrometheusMetrics } from './prometheus-metrics.ts'

const nowSeconds = 1_700_000_000
type Row = readonly [name: string, type: 'counter' | 'gauge' | 'histogram', labels: readonly string[]]
const event = (name: string, ...labels: readonly string[]): readonly Row[] => [
  [`${name}_total`, 'counter', labels],
  [`last_${name}_unix`, 'gauge', labels],
]

/**
 * Name, type and labels as op-node registers them. Source: op-node/metrics/metrics.go (NewMetrics), with
 * op-service/metrics/{event,ref_metrics,rpc_metrics}.go for what it embeds.
 */
const served: readonly Row[] = [
  ['info', 'gauge', ['version']],
  ['up', 'gauge', []],
  ['refs_number', 'gauge', ['layer', 'type']],
  ['refs_time', 'gauge', ['layer', 'type']],
  ['refs_hash', 'gauge', ['layer', 'type']],
  ['refs_seqnr', 'gauge', ['type']],
  ['refs_latency', 'gauge', ['layer', 'type']],
  ['derivation_idle', 'gauge', []],
  ...event('pipeline_resets'),
  ...event('unsafe_payloads'),
  ...event('derivation_errors'),
  ...event('sequencing_errors'),
  ...event('publishing_errors'),
  ...event('derived_batches', 'type'),
  ...event('sequencer_inconsistent_l1_origin'),
  ...event('sequencer_resets'),
  ['unsafe_payloads_buffer_len', 'gauge', []],
  ['unsafe_payloads_buffer_mem_size', 'gauge', []],
  ['l1_reorg_depth', 'histogram', []],
  ['transactions_sequenced_total', 'gauge', []],
  ['p2p_peer_count', 'gauge', []],
  ['p2p_gossip_events_total', 'counter', ['type']],
  ...event('head_channel'),
  ...event('channel_timeout'),
  ...event('frame_added'),
  ['channel_input_bytes', 'counter', []],
  ['l1_request_seconds', 'histogram', ['request']],
  ['sequencer_building_diff_seconds', 'histogram', []],
  ['sequencer_building_diff_total', 'counter', []],
  ['sequencer_sealing_seconds', 'histogram', []],
  ['sequencer_sealing_total', 'counter', []],
  ['rpc_server_requests_total', 'counter', ['method']],
  ['rpc_server_request_duration_seconds', 'histogram', ['method']],
  ['rpc_client_requests_total', 'counter', ['method']],
  ['rpc_client_request_duration_seconds', 'histogram', ['method']],
  ['rpc_client_responses_total', 'counter', ['method', 'error']],
]

let server: MetricsServer | undefined
afterEach(() => server?.close())

async function scrape(opNodeNames = true): Promise<string> {
  const clock = createFakeClock(nowSeconds * 1000)
  const prometheus = createPrometheusMetrics({ opNodeNames, clock })
  const metrics = createNodeMetrics(prometheus.registry)
  const hash = { layer: 'l2', type: 'l2_safe' }
  metrics.info.set(1, { version: 'v1', mode: 'derive' })
  metrics.up.set(1)
  for (const gauge of [metrics.refNumber, metrics.refTime, metrics.refHash, metrics.refLatency])
    gauge.set(7, hash)
  metrics.refSequenceNumber.set(3, { type: 'l2_safe' })
  metrics.derivationIdle.set(1)
  metrics.pipelineResets.inc({ reason: 'l1-reorg' })
  metrics.pipelineResets.inc({ reason: 'engine' })
  metrics.derivationErrors.inc()
  metrics.decodedBatches.inc({ type: 'span' })
  for (const name of ['opened', 'frame_added', 'frame_added', 'frame_refused', 'timed_out', 'completed'])
    metrics.channelEvents.inc({ event: name })
  metrics.channelInputBytes.inc({}, 500)
  metrics.l1ReorgDepth.observe(2)
  metrics.unsafePayloads.inc()
  metrics.unsafePayloadsQueued.set(4)
  metrics.unsafePayloadsBytes.set(4000)
  for (const reason of ['temporary', 'publish', 'publish', 'origin', 'overtaken', 'not_ready'])
    metrics.sequencerErrors.inc({ reason })
  metrics.sequencerResets.inc()
  metrics.transactionsSequenced.inc({}, 2)
  metrics.transactionsSequenced.inc({}, 3)
  metrics.sequencerBuildingDiffSeconds.observe(-0.3)
  metrics.sequencerSealingSeconds.observe(0.02)
  metrics.peerCount.set(5)
  metrics.gossipMessages.inc({ verdict: 'accept', reason: '' })
  metrics.gossipMessages.inc({ verdict: 'reject', reason: 'signature' })
  metrics.gossipMessages.inc({ verdict: 'ignore', reason: 'seen' })
  metrics.rpcCalls.inc({ method: 'optimism_syncStatus', outcome: 'ok' })
  metrics.rpcServerSeconds.observe(0.001, { method: 'optimism_syncStatus' })
  for (const outcome of ['ok', 'rpc_-38002', 'http_502', 'unreachable'])
    metrics.rpcClientCalls.inc({ target: 'engine', method: 'engine_newPayloadV4', outcome })
  metrics.rpcClientSeconds.observe(0.2, { target: 'engine', method: 'engine_newPayloadV4' })
  metrics.rpcClientSeconds.observe(0.2, { target: 'l1', method: 'eth_getBlockByNumber' })

  server = await startMetricsServer({ host: '127.0.0.1', port: 0, metrics: prometheus })
  const response = await fetch(`${server.url}/metrics`)
  expect(response.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/)
  return response.text()
}

/** The exposition of the metrics under one prefix: types and label names by metric, values by sample. */
function parse(text: string, prefix: string) {
  const types = new Map<string, string>()
  const labels = new Map<string, Set<string>>()
  const values = new Map<string, number>()
  for (const line of text.split('\n')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line)
    if (type?.[1]?.startsWith(prefix)) types.set(type[1].slice(prefix.length), type[2]!)
    const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line)
    if (!sample?.[1]?.startsWith(prefix)) continue
    const name = sample[1].slice(prefix.length)
    const family = types.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '')
    const names = [...(sample[2] ?? '').matchAll(/(\w+)="/g)].map((match) => match[1]!)
    labels.set(family, new Set(names.filter((one) => one !== 'le')))
    values.set(`${name}${sample[2] ? `{${sample[2]}}` : ''}`, Number(sample[3]))
  }
  return { types, labels, values }
}

describe("op-node's metric names", () => {
  it.each(served)('%s is a %s', async (name, type, labels) => {
    const found = parse(await scrape(), 'op_node_default_')
    expect(found.types.get(name)).toBe(type)
    // A metric without labels is there from the start; one with labels once it was recorded.
    expect(found.labels.get(name)).toEqual(new Set(labels))
  })

  it('are these and no more', async () => {
    const { types } = parse(await scrape(), 'op_node_default_')
    expect([...types.keys()].sort()).toEqual(served.map(([name]) => name).sort())
  })

  it('carry what ours do, under their own labels', async () => {
    const { values } = parse(await scrape(), 'op_node_default_')
    expect(Object.fromEntries(values)).toMatchObject({
      'info{version="v1"}': 1,
      'refs_number{layer="l2",type="l2_safe"}': 7,
      pipeline_resets_total: 2,
      last_pipeline_resets_unix: nowSeconds,
      'derived_batches_total{type="span"}': 1,
      head_channel_total: 1,
      channel_timeout_total: 1,
      frame_added_total: 2,
      channel_input_bytes: 500,
      sequencing_errors_total: 1,
      publishing_errors_total: 2,
      sequencer_inconsistent_l1_origin_total: 1,
      transactions_sequenced_total: 5,
      'sequencer_building_diff_seconds_bucket{le="-0.25"}': 1,
      'sequencer_building_diff_seconds_bucket{le="-0.5"}': 0,
      sequencer_building_diff_total: 1,
      'l1_reorg_depth_bucket{le="1.5"}': 0,
      'l1_reorg_depth_bucket{le="2.5"}': 1,
      'p2p_gossip_events_total{type="DELIVER_MESSAGE"}': 1,
      'p2p_gossip_events_total{type="REJECT_MESSAGE"}': 2,
      'rpc_client_requests_total{method="engine_newPayloadV4"}': 4,
      'rpc_client_responses_total{method="engine_newPayloadV4",error="<nil>"}': 1,
      'rpc_client_responses_total{method="engine_newPayloadV4",error="rpc_-38002"}': 1,
      'rpc_client_responses_total{method="engine_newPayloadV4",error="http_502"}': 1,
      'rpc_client_responses_total{method="engine_newPayloadV4",error="<unknown>"}': 1,
      'l1_request_seconds_count{request="eth_getBlockByNumber"}': 1,
      'rpc_client_request_duration_seconds_count{method="eth_getBlockByNumber"}': 1,
    })
    expect([...values.keys()].filter((key) => key.startsWith('l1_request_seconds_count'))).toHaveLength(1)
  })

  it('are served only when asked for, and ours always', async () => {
    expect(await scrape(false)).not.toContain('op_node_')
    const ours = parse(await scrape(), 'lockstep_node_')
    expect(ours.values.get('pipeline_resets_total{reason="l1-reorg"}')).toBe(1)
    expect(ours.values.get('sequencing_errors_total{reason="publish"}')).toBe(2)
  })
})
