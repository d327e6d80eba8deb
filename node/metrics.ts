import type { MetricsRegistry } from './ports/metrics.ts'

/** Every metric of the node, in one place. Names carry the prefix `lockstep_node_` in the exposition. */
export type NodeMetrics = ReturnType<typeof createNodeMetrics>

/** Seconds, from a local call to a timeout. */
const durationBuckets: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

export function createNodeMetrics(registry: MetricsRegistry) {
  return {
    info: registry.gauge('info', 'Always 1; the version is a label', ['version', 'mode']),
    up: registry.gauge('up', '1 while the node runs'),
    refNumber: registry.gauge('refs_number', 'Number of a block reference', ['layer', 'type']),
    refTime: registry.gauge('refs_time', 'Timestamp of a block reference, in seconds', ['layer', 'type']),
    refHash: registry.gauge(
      'refs_hash',
      'First eight bytes of the hash of a block reference as a number: two nodes that differ in it have diverged',
      ['layer', 'type'],
    ),
    refSequenceNumber: registry.gauge('refs_seqnr', 'Sequence number of an L2 block in its epoch', ['type']),
    refLatency: registry.gauge(
      'refs_latency',
      'Timestamp of a block reference minus the time at which it was first seen, in seconds',
      ['layer', 'type'],
    ),
    forkTime: registry.gauge('fork_time', 'Time at which a fork activates, in seconds', ['fork']),
    engineTasks: registry.counter('engine_tasks_total', 'Engine tasks that ran', ['task', 'outcome']),
    engineResets: registry.counter('engine_resets_total', 'Engine resets'),
    engineQueueLength: registry.gauge('engine_queue_length', 'Engine tasks that wait'),
    elSyncing: registry.gauge('engine_el_syncing', '1 while the execution engine syncs to the unsafe head'),
    unsafePayloads: registry.counter('unsafe_payloads_total', 'Unsafe payloads received from outside'),
    unsafePayloadsQueued: registry.gauge(
      'unsafe_payloads_buffer_len',
      'Unsafe payloads that wait for a parent',
    ),
    unsafePayloadsBytes: registry.gauge(
      'unsafe_payloads_buffer_mem_size',
      'Estimated bytes of the unsafe payloads that wait for a parent',
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
    pipelineStepSeconds: registry.histogram(
      'pipeline_step_seconds',
      'Seconds that a step of the derivation pipeline took, by what it did',
      ['outcome'],
      durationBuckets,
    ),
    derivationIdle: registry.gauge('derivation_idle', '1 while derivation waits for the next L1 block'),
    channelEvents: registry.counter('channel_events_total', 'What happened to channels and their frames', [
      'event',
    ]),
    channelInputBytes: registry.counter('channel_input_bytes_total', 'Compressed bytes of complete channels'),
    channelsOpen: registry.gauge('channel_buffer_len', 'Channels that wait for frames'),
    channelsBytes: registry.gauge(
      'channel_buffer_mem_size',
      'Bytes of the channels that wait for frames, as the protocol counts them',
    ),
    decodedBatches: registry.counter('decoded_batches_total', 'Batches that channels held', ['type']),
    derivedBatches: registry.counter('derived_batches_total', 'Judged batches by type and outcome', [
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
    sequencerActive: registry.gauge('sequencer_active', '1 while this node may build unsafe blocks'),
    sequencerResets: registry.counter('sequencer_resets_total', 'Engine resets under the sequencer'),
    transactionsSequenced: registry.counter(
      'transactions_sequenced_total',
      'Transactions in the blocks that this node built, deposits included',
    ),
    sequencerBuildingDiffSeconds: registry.histogram(
      'sequencer_building_diff_seconds',
      'Seconds from the start of a build to the sealed block, minus the block time',
      [],
      [...durationBuckets.map((bucket) => -bucket).reverse(), ...durationBuckets],
    ),
    sequencerSealingSeconds: registry.histogram(
      'sequencer_sealing_seconds',
      'Seconds that sealing and inserting a block took',
      [],
      durationBuckets,
    ),
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
    gossipPreviousSigner: registry.counter(
      'p2p_gossip_previous_signer_total',
      'Valid blocks of the signer before the last rotation, within its grace',
    ),
    peerCount: registry.gauge('p2p_peer_count', 'Connected peers'),
    peerConnections: registry.counter('p2p_connections_total', 'Connections that were opened', ['direction']),
    peersBanned: registry.counter('p2p_peers_banned_total', 'Bans of peers for a low score'),
    peersFound: registry.counter('p2p_peers_found_total', 'Records of suitable peers that searches found'),
    rpcCalls: registry.counter('rpc_server_requests_total', 'RPC calls served', ['method', 'outcome']),
    rpcServerSeconds: registry.histogram(
      'rpc_server_request_duration_seconds',
      'Seconds that an RPC call took to serve',
      ['method'],
      durationBuckets,
    ),
    rpcClientCalls: registry.counter('rpc_client_requests_total', 'RPC calls made', [
      'target',
      'method',
      'outcome',
    ]),
    rpcClientSeconds: registry.histogram(
      'rpc_client_request_duration_seconds',
      'Seconds until an RPC call was answered or given up',
      ['target', 'method'],
      durationBuckets,
    ),
  }
}
