/** One option of `lockstep node`. Everything about flags, variables, parsing and help is derived from this table. */
export interface FlagDefinition {
  /** Without the dashes. */
  readonly name: string
  readonly group: FlagGroup
  /** What a user reads in `--help`; one sentence without a full stop. */
  readonly help: string
  /** Placeholder of the value in `--help`; a flag without one is a switch. */
  readonly value?: string
  readonly default?: string
  readonly required?: true
  /** May be given more than once; values are joined by commas. */
  readonly repeatable?: true
  /** Other spellings that op-node or kona-node users know. */
  readonly aliases?: readonly string[]
  /** Suffixes of the variables that op-node and kona-node have for it. */
  readonly opNode?: string
  readonly konaNode?: string
}

export const flagGroups = [
  'L1',
  'L2 execution engine',
  'Rollup',
  'Follow mode',
  'Sequencer',
  'P2P',
  'RPC and metrics',
  'Process',
] as const

type FlagGroup = (typeof flagGroups)[number]

/** Names and defaults are op-node's where it has the flag; listeners default to the loopback address. */
const flags = [
  {
    name: 'l1',
    group: 'L1',
    value: 'URL',
    required: true,
    help: 'JSON-RPC of the own L1 execution client',
    aliases: ['l1-eth-rpc'],
    opNode: 'L1_ETH_RPC',
    konaNode: 'L1_ETH_RPC',
  },
  {
    name: 'l1.trustrpc',
    group: 'L1',
    help: 'Accept L1 headers without computing their hash',
    opNode: 'L1_TRUST_RPC',
    konaNode: 'L1_TRUST_RPC',
  },
  {
    name: 'l1.http-poll-interval',
    group: 'L1',
    value: 'DURATION',
    default: '500ms',
    help: 'How often to ask for the L1 head',
    opNode: 'L1_HTTP_POLL_INTERVAL',
  },
  {
    name: 'l1.timeout',
    group: 'L1',
    value: 'DURATION',
    default: '10s',
    help: 'Longest wait for one L1 answer',
  },
  {
    name: 'l1.max-concurrency',
    group: 'L1',
    value: 'REQUESTS',
    default: '20',
    help: 'L1 requests at once while derivation reads finalized blocks ahead; 0 reads nothing ahead',
    opNode: 'L1_MAX_CONCURRENCY',
  },
  {
    name: 'l1.beacon',
    group: 'L1',
    value: 'URL',
    help: 'Beacon API of the own L1, for batches in blobs; required to derive a chain that has Ecotone',
    aliases: ['l1-beacon'],
    opNode: 'L1_BEACON',
    konaNode: 'L1_BEACON',
  },
  {
    name: 'l1.beacon-header',
    group: 'L1',
    value: 'HEADER',
    help: "HTTP header for every request to the beacon and its fallbacks, as 'X-Key: value'",
    opNode: 'L1_BEACON_HEADER',
  },
  {
    name: 'l1.beacon-fallbacks',
    group: 'L1',
    value: 'URLS',
    repeatable: true,
    help: 'More beacon APIs to fetch blobs from, such as archives, separated by commas',
    aliases: ['l1.beacon-archiver'],
    opNode: 'L1_BEACON_FALLBACKS',
  },
  {
    name: 'l1.beacon.ignore',
    group: 'L1',
    help: 'Start without a beacon, or with one that does not answer; derivation stops at the first batch in a blob',
    opNode: 'L1_BEACON_IGNORE',
  },
  {
    name: 'l1.beacon.fetch-all-sidecars',
    group: 'L1',
    help: 'Ask for all blobs of a slot, for a beacon whose filter does not work',
    opNode: 'L1_BEACON_FETCH_ALL_SIDECARS',
  },
  {
    name: 'l1.slot-duration-override',
    group: 'L1',
    value: 'DURATION',
    help: 'Time of an L1 slot, for a beacon that does not tell it (default: ask the beacon)',
    aliases: ['l1-slot-duration-override'],
  },
  {
    name: 'verifier.l1-confs',
    group: 'L1',
    value: 'BLOCKS',
    default: '0',
    help: 'How far derivation stays behind the L1 head',
    opNode: 'VERIFIER_L1_CONFS',
  },
  {
    name: 'l2',
    group: 'L2 execution engine',
    value: 'URL',
    required: true,
    help: 'Authenticated Engine API of the own L2 execution engine',
    aliases: ['l2-engine-rpc'],
    opNode: 'L2_ENGINE_RPC',
    konaNode: 'L2_ENGINE_RPC',
  },
  {
    name: 'l2.jwt-secret',
    group: 'L2 execution engine',
    value: 'FILE',
    required: true,
    help: 'File with the 32-byte secret that the engine shares, in hex',
    aliases: ['l2-engine-jwt-secret'],
    opNode: 'L2_ENGINE_AUTH',
    konaNode: 'L2_ENGINE_AUTH',
  },
  {
    name: 'l2.timeout',
    group: 'L2 execution engine',
    value: 'DURATION',
    default: '10s',
    help: 'Longest wait for one engine answer',
  },
  {
    name: 'rollup.config',
    group: 'Rollup',
    value: 'FILE',
    required: true,
    help: 'Rollup configuration, as op-node reads it',
    aliases: ['rollup-cfg', 'l2-config-file'],
    opNode: 'ROLLUP_CONFIG',
    konaNode: 'ROLLUP_CONFIG',
  },
  {
    name: 'rollup.upgrades',
    group: 'Rollup',
    value: 'FILE',
    help: 'Upgrade transactions (JSON: fork → list of intent, from, to, gas, data) of forks that activate after genesis',
  },
  {
    name: 'safedb.path',
    group: 'Rollup',
    value: 'DIRECTORY',
    help: 'Record which L2 block was safe at which L1 block, for optimism_safeHeadAtL1Block and finality after a restart (default: off)',
    opNode: 'SAFEDB_PATH',
  },
  {
    name: 'l2.follow.source',
    group: 'Follow mode',
    value: 'URL',
    help: 'RPC of the consensus node to follow; turns derivation off',
    aliases: ['l2-follow-source'],
    opNode: 'L2_FOLLOW_SOURCE',
    konaNode: 'L2_FOLLOW_SOURCE',
  },
  {
    name: 'l2.follow.poll-interval',
    group: 'Follow mode',
    value: 'DURATION',
    help: 'How often to ask the source (default: the L2 block time, at most 2s)',
  },
  {
    name: 'l2.follow.timeout',
    group: 'Follow mode',
    value: 'DURATION',
    help: 'Deadline of one poll (default: the poll interval, at least 2s)',
  },
  {
    name: 'sequencer.enabled',
    group: 'Sequencer',
    help: 'Build blocks',
    opNode: 'SEQUENCER_ENABLED',
  },
  {
    name: 'sequencer.stopped',
    group: 'Sequencer',
    help: 'Wait for admin_startSequencer before building',
    opNode: 'SEQUENCER_STOPPED',
    konaNode: 'SEQUENCER_STOPPED',
  },
  {
    name: 'sequencer.l1-confs',
    group: 'Sequencer',
    value: 'BLOCKS',
    default: '4',
    help: 'How far an L1 origin must lie behind the L1 head',
    opNode: 'SEQUENCER_L1_CONFS',
    konaNode: 'SEQUENCER_L1_CONFS',
  },
  {
    name: 'sequencer.max-safe-lag',
    group: 'Sequencer',
    value: 'BLOCKS',
    default: '0',
    help: 'Pause when unsafe is this far ahead of safe; 0 never pauses',
    opNode: 'SEQUENCER_MAX_SAFE_LAG',
    konaNode: 'SEQUENCER_MAX_SAFE_LAG',
  },
  { name: 'p2p.disable', group: 'P2P', help: 'Run without gossip', opNode: 'P2P_DISABLE' },
  {
    name: 'p2p.listen.ip',
    group: 'P2P',
    value: 'IP',
    default: '127.0.0.1',
    help: 'Address to listen on',
    opNode: 'P2P_LISTEN_IP',
    konaNode: 'P2P_LISTEN_IP',
  },
  {
    name: 'p2p.listen.tcp',
    group: 'P2P',
    value: 'PORT',
    default: '9222',
    help: 'Port to listen on; 0 picks a free one',
    opNode: 'P2P_LISTEN_TCP_PORT',
    konaNode: 'P2P_LISTEN_TCP_PORT',
  },
  {
    name: 'p2p.priv.path',
    group: 'P2P',
    value: 'FILE',
    help: 'File with the secp256k1 key of the peer identity, in hex (default: a new one)',
    opNode: 'P2P_PRIV_PATH',
    konaNode: 'P2P_PRIV_PATH',
  },
  {
    name: 'p2p.priv.raw',
    group: 'P2P',
    value: 'HEX',
    help: 'The same key itself; prefer the file, a command line is public',
    opNode: 'P2P_PRIV_RAW',
    konaNode: 'P2P_PRIV_RAW',
  },
  {
    name: 'p2p.static',
    group: 'P2P',
    value: 'MULTIADDRS',
    repeatable: true,
    help: 'Peers to stay connected to, separated by commas',
    opNode: 'P2P_STATIC',
  },
  {
    name: 'p2p.peers.hi',
    group: 'P2P',
    value: 'COUNT',
    default: '30',
    help: 'Most peers at a time',
    opNode: 'P2P_PEERS_HI',
    konaNode: 'P2P_PEERS_HI',
  },
  {
    name: 'p2p.sequencer.key.path',
    group: 'P2P',
    value: 'FILE',
    help: 'File with the secp256k1 key that signs gossiped blocks, in hex',
    konaNode: 'P2P_SEQUENCER_KEY_PATH',
  },
  {
    name: 'p2p.sequencer.key',
    group: 'P2P',
    value: 'HEX',
    help: 'The same key itself; prefer the file, a command line is public',
    opNode: 'P2P_SEQUENCER_KEY',
    konaNode: 'P2P_SEQUENCER_KEY',
  },
  {
    name: 'p2p.unsafe.block.signer',
    group: 'P2P',
    value: 'ADDRESS',
    help: 'Accept blocks signed by this address (default: the one that L1 names)',
    konaNode: 'P2P_UNSAFE_BLOCK_SIGNER',
  },
  {
    name: 'rpc.addr',
    group: 'RPC and metrics',
    value: 'HOST',
    default: '127.0.0.1',
    help: 'Address of the RPC server',
    opNode: 'RPC_ADDR',
    konaNode: 'RPC_ADDR',
  },
  {
    name: 'rpc.port',
    group: 'RPC and metrics',
    value: 'PORT',
    default: '9545',
    help: 'Port of the RPC server; 0 picks a free one',
    aliases: ['port'],
    opNode: 'RPC_PORT',
    konaNode: 'RPC_PORT',
  },
  {
    name: 'rpc.enable-admin',
    group: 'RPC and metrics',
    help: 'Serve the admin_ namespace',
    opNode: 'RPC_ENABLE_ADMIN',
    konaNode: 'RPC_ENABLE_ADMIN',
  },
  {
    name: 'metrics.enabled',
    group: 'RPC and metrics',
    help: 'Serve Prometheus metrics at /metrics',
    opNode: 'METRICS_ENABLED',
  },
  {
    name: 'metrics.addr',
    group: 'RPC and metrics',
    value: 'HOST',
    default: '127.0.0.1',
    help: 'Address of the metrics server',
    opNode: 'METRICS_ADDR',
  },
  {
    name: 'metrics.port',
    group: 'RPC and metrics',
    value: 'PORT',
    default: '7300',
    help: 'Port of the metrics server; 0 picks a free one',
    opNode: 'METRICS_PORT',
  },
  {
    name: 'metrics.op-node-names',
    group: 'RPC and metrics',
    help: "Serve the metrics under op-node's names (op_node_default_…) as well, for its dashboards",
  },
  {
    name: 'log.level',
    group: 'Process',
    value: 'LEVEL',
    default: 'info',
    help: 'debug, info, warn or error',
    opNode: 'LOG_LEVEL',
  },
  {
    name: 'log.format',
    group: 'Process',
    value: 'FORMAT',
    default: 'text',
    help: 'text for people, json for machines',
    opNode: 'LOG_FORMAT',
  },
  {
    name: 'startup.timeout',
    group: 'Process',
    value: 'DURATION',
    default: '10s',
    help: 'How long L1 and the engine may take until they answer at start',
  },
] as const satisfies readonly FlagDefinition[]

export type FlagName = (typeof flags)[number]['name']

/** The table without its literal types, for code that treats all flags alike. */
export const flagTable: readonly FlagDefinition[] = flags
