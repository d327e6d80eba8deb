import type { MetricsRegistry } from './ports/metrics.ts'

/** Every metric of the node, in one place. Names carry the prefix `lockstep_node_` in the exposition. */
export type NodeMetrics = ReturnType<typeof createNodeMetrics>

export function createNodeMetrics(registry: MetricsRegistry) {
  return {
    info: registry.gauge('info', 'Always 1; the version is a label', ['version', 'mode']),
    up: registry.gauge('up', '1 while the node runs'),
    refNumber: registry.gauge('refs_number', 'Number of a block reference', ['layer', 'type']),
    refTime: registry.gauge('refs_time', 'Timestamp of a block reference, in seconds', ['layer', 'type']),
    engineTasks: registry.counter('engine_tasks_total', 'Engine tasks that ran', ['task', 'outcome']),
    engineResets: registry.counter('engine_resets_total', 'Engine resets'),
    engineQueueLength: registry.gauge('engine_queue_length', 'Engine tasks that wait'),
    unsafePayloadsQueued: registry.gauge(
      'unsafe_payloads_buffer_len',
      'Unsafe payloads that wait for a parent',
    ),
    unsafePayloadsDropped: registry.counter('unsafe_payloads_dropped_total', 'Unsafe payloads dropped', [
      'reason',
    ]),
    finalizedConflicts: registry.counter(
      'finalized_conflicts_total',
      'Requests to move finalized backwards, sideways or above safe; all refused',
    ),
    followRequests: registry.counter('follow_source_requests_total', 'Polls of the follow source', [
      'result',
    ]),
    followLagSeconds: registry.gauge(
      'follow_lag_seconds',
      'Seconds since the source status was last applied',
    ),
    followCases: registry.counter('follow_cases_total', 'Applied follow targets, by case', ['case']),
    pipelineResets: registry.counter('pipeline_resets_total', 'Derivation pipeline resets', ['reason']),
    derivedBatches: registry.counter('derived_batches_total', 'Batches by type and outcome', [
      'type',
      'outcome',
    ]),
    derivationErrors: registry.counter('derivation_errors_total', 'Temporary derivation errors'),
    l1ReorgDepth: registry.histogram(
      'l1_reorg_depth',
      'Depth of L1 reorgs seen',
      [],
      [1, 2, 3, 5, 10, 20, 50],
    ),
    sequencerBlocks: registry.counter('sequencer_blocks_total', 'Unsafe blocks that this node built'),
    sequencerErrors: registry.counter('sequencing_errors_total', 'Failed attempts to build a block', [
      'reason',
    ]),
    sequencerLateMs: registry.histogram(
      'sequencer_block_late_ms',
      'Milliseconds between the slot of a block and its seal',
      [],
      [5, 10, 25, 50, 100, 250, 500, 1000, 2500],
    ),
    gossipMessages: registry.counter('p2p_gossip_messages_total', 'Gossip messages by verdict', [
      'verdict',
      'reason',
    ]),
    peerCount: registry.gauge('p2p_peer_count', 'Connected peers'),
    rpcCalls: registry.counter('rpc_server_requests_total', 'RPC calls served', ['method', 'outcome']),
    rpcClientCalls: registry.counter('rpc_client_requests_total', 'RPC calls made', [
      'target',
      'method',
      'outcome',
    ]),
  }
}
