import type { Labels } from '../../ports/metrics.ts'

/** op-node's prefix for a node without a name of its own. */
export const opNodePrefix = 'op_node_default_'

/** One metric of op-node, and which of ours feeds it. */
export interface OpNodeMetric {
  /** Our metric, without prefix. */
  readonly from: string
  /** op-node's, without prefix. */
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly labels?: readonly string[]
  readonly buckets?: readonly number[]
  /** op-node's label values for ours; null: not counted there. Default: the labels of the same name. */
  readonly relabel?: (labels: Labels) => Labels | null
  /**
   * What it takes over when ours is recorded. `value`, the default: what ours is increased by, set to, or observes.
   * `one`: that it happened. `now`: the Unix time. `sum`: a gauge that grows by our counter's increase.
   */
  readonly records?: 'value' | 'one' | 'now' | 'sum'
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const signedSeconds = [...seconds.map((bucket) => -bucket).reverse(), ...seconds]
const reorgDepths = [0.5, 1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5, 9.5, 10.5, 20.5, 50.5, 100.5]

/** An op-node "event": how often, and when last. */
function event(
  from: string,
  name: string,
  what: string,
  more: Pick<OpNodeMetric, 'labels' | 'relabel'> = {},
): readonly OpNodeMetric[] {
  return [
    {
      from,
      name: `${name}_total`,
      type: 'counter',
      help: `Count of ${what} events`,
      records: 'one',
      ...more,
    },
    {
      from,
      name: `last_${name}_unix`,
      type: 'gauge',
      help: `Timestamp of last ${what} event`,
      records: 'now',
      ...more,
    },
  ]
}

const when =
  (label: string, ...values: readonly string[]) =>
  (labels: Labels): Labels | null =>
    values.includes(labels[label] ?? '') ? {} : null

const block = (name: string, help: string): OpNodeMetric => ({
  from: name,
  name,
  type: 'gauge',
  labels: ['layer', 'type'],
  help,
})

/**
 * op-node's metrics, so that its dashboards and alerts work unchanged. What it registers and we do not serve has no
 * counterpart here: its event system (`events_*`), caches (`l1_source_cache_*`, `l2_source_cache_*`), alternative DA,
 * payload requests (`p2p_req_*`, `p2p_payload_by_number`, `p2p_payloads_quarantine_total`) and signalled protocol
 * versions (`protocol_version*`). Nor do we serve what it counts inside go-libp2p (`p2p_stream_count`, `p2p_dials`,
 * `p2p_accepts`, `p2p_bandwidth_bytes_total`, `peer_scores`, `p2p_peer_unbans`, `p2p_ip_unbans`): `opp2p_peers` has the
 * scores, and our own `p2p_*` metrics count connections and bans.
 * Source of names, types, labels, buckets and help: op-node/metrics/metrics.go, op-service/metrics/event.go,
 * op-service/metrics/ref_metrics.go, op-service/metrics/rpc_metrics.go.
 */
export const opNodeMetrics: readonly OpNodeMetric[] = [
  {
    from: 'info',
    name: 'info',
    type: 'gauge',
    labels: ['version'],
    help: 'Pseudo-metric tracking version and config info',
  },
  { from: 'up', name: 'up', type: 'gauge', help: '1 if the op node has finished starting up' },

  block('refs_number', 'Gauge representing the different L1/L2 reference block numbers'),
  block('refs_time', 'Gauge representing the different L1/L2 reference block timestamps'),
  block(
    'refs_hash',
    'Gauge representing the different L1/L2 reference block hashes truncated to float values',
  ),
  block(
    'refs_latency',
    'Gauge representing the different L1/L2 reference block timestamps minus current time, in seconds',
  ),
  {
    from: 'refs_seqnr',
    name: 'refs_seqnr',
    type: 'gauge',
    labels: ['type'],
    help: 'Gauge representing the different L2 reference sequence numbers',
  },

  {
    from: 'derivation_idle',
    name: 'derivation_idle',
    type: 'gauge',
    help: '1 if the derivation pipeline is idle',
  },
  ...event('pipeline_resets_total', 'pipeline_resets', 'derivation pipeline resets'),
  ...event('derivation_errors_total', 'derivation_errors', 'derivation errors'),
  // In op-node, too, a batch counts once it is decoded, whatever becomes of it.
  ...event('decoded_batches_total', 'derived_batches', 'derived batches', { labels: ['type'] }),
  ...event('channel_events_total', 'head_channel', 'New channel at the front of the channel bank', {
    relabel: when('event', 'opened'),
  }),
  ...event('channel_events_total', 'channel_timeout', 'Channel has timed out', {
    relabel: when('event', 'timed_out'),
  }),
  ...event('channel_events_total', 'frame_added', 'New frame ingested in the channel bank', {
    relabel: when('event', 'frame_added'),
  }),
  {
    from: 'channel_input_bytes_total',
    name: 'channel_input_bytes',
    type: 'counter',
    help: 'Number of compressed bytes added to the channel',
  },
  {
    from: 'l1_reorg_depth',
    name: 'l1_reorg_depth',
    type: 'histogram',
    buckets: reorgDepths,
    help: 'Histogram of L1 Reorg Depths',
  },
  {
    from: 'rpc_client_request_duration_seconds',
    name: 'l1_request_seconds',
    type: 'histogram',
    buckets: seconds,
    labels: ['request'],
    relabel: ({ target, method }) => (target === 'l1' && method !== undefined ? { request: method } : null),
    help: 'Histogram of L1 request time',
  },

  ...event('unsafe_payloads_total', 'unsafe_payloads', 'unsafe payloads'),
  {
    from: 'unsafe_payloads_buffer_len',
    name: 'unsafe_payloads_buffer_len',
    type: 'gauge',
    help: 'Number of buffered L2 unsafe payloads',
  },
  {
    from: 'unsafe_payloads_buffer_mem_size',
    name: 'unsafe_payloads_buffer_mem_size',
    type: 'gauge',
    help: 'Total estimated memory size of buffered L2 unsafe payloads',
  },

  ...event('sequencing_errors_total', 'sequencing_errors', 'sequencing errors', {
    relabel: when('reason', 'temporary'),
  }),
  ...event('sequencing_errors_total', 'publishing_errors', 'p2p publishing errors', {
    relabel: when('reason', 'publish'),
  }),
  ...event(
    'sequencing_errors_total',
    'sequencer_inconsistent_l1_origin',
    'events when the sequencer selects an inconsistent L1 origin',
    { relabel: when('reason', 'origin') },
  ),
  ...event('sequencer_resets_total', 'sequencer_resets', 'sequencer resets'),
  {
    from: 'transactions_sequenced_total',
    name: 'transactions_sequenced_total',
    // A gauge in op-node, in spite of its name.
    type: 'gauge',
    records: 'sum',
    help: 'Count of total transactions sequenced',
  },
  {
    from: 'sequencer_building_diff_seconds',
    name: 'sequencer_building_diff_seconds',
    type: 'histogram',
    buckets: signedSeconds,
    help: 'Histogram of Sequencer building time, minus block time',
  },
  {
    from: 'sequencer_building_diff_seconds',
    name: 'sequencer_building_diff_total',
    type: 'counter',
    records: 'one',
    help: 'Number of sequencer block building jobs',
  },
  {
    from: 'sequencer_sealing_seconds',
    name: 'sequencer_sealing_seconds',
    type: 'histogram',
    buckets: seconds,
    help: 'Histogram of Sequencer block sealing time',
  },
  {
    from: 'sequencer_sealing_seconds',
    name: 'sequencer_sealing_total',
    type: 'counter',
    records: 'one',
    help: 'Number of sequencer block sealing jobs',
  },

  {
    from: 'p2p_peer_count',
    name: 'p2p_peer_count',
    type: 'gauge',
    help: 'Count of currently connected p2p peers',
  },
  {
    from: 'p2p_gossip_messages_total',
    name: 'p2p_gossip_events_total',
    type: 'counter',
    labels: ['type'],
    // gossipsub's trace events: an ignored message is one that validation did not deliver, too.
    relabel: ({ verdict }) => ({ type: verdict === 'accept' ? 'DELIVER_MESSAGE' : 'REJECT_MESSAGE' }),
    help: 'Count of gossip events by type',
  },

  {
    from: 'rpc_server_requests_total',
    name: 'rpc_server_requests_total',
    type: 'counter',
    labels: ['method'],
    help: 'Total requests to the RPC server',
  },
  {
    from: 'rpc_server_request_duration_seconds',
    name: 'rpc_server_request_duration_seconds',
    type: 'histogram',
    buckets: seconds,
    labels: ['method'],
    help: 'Histogram of RPC server request durations',
  },
  {
    from: 'rpc_client_requests_total',
    name: 'rpc_client_requests_total',
    type: 'counter',
    labels: ['method'],
    help: "Total RPC requests initiated by the opnode's RPC client",
  },
  {
    from: 'rpc_client_request_duration_seconds',
    name: 'rpc_client_request_duration_seconds',
    type: 'histogram',
    buckets: seconds,
    labels: ['method'],
    help: 'Histogram of RPC client request durations',
  },
  {
    from: 'rpc_client_requests_total',
    name: 'rpc_client_responses_total',
    type: 'counter',
    labels: ['method', 'error'],
    relabel: ({ method = '', outcome = '' }) => ({ method, error: opNodeError[outcome] ?? outcome }),
    help: "Total RPC request responses received by the opnode's RPC client",
  },
]

/** op-node writes codes as we do (`rpc_-32000`, `http_502`) and has its own words for the rest. */
const opNodeError: Labels = { ok: '<nil>', unreachable: '<unknown>', rpc_other: '<unknown>' }
