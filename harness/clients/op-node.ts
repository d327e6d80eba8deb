import type { ClClient, ClSettings } from './client.ts'
import { flags } from './flag-list.ts'

const docs = 'docs/clients.md#op-node'

/** The rollup node of the Optimism monorepo. Measured with v1.19. */
export const opNode: ClClient = {
  slot: 'cl',
  kind: 'op-node',
  program: { from: 'user', executable: 'op-node' },
  readyMethod: 'optimism_version',
  // It exits when its engine does not answer the first calls.
  startsAfter: ['engine'],
  peering: 'static',
  capabilities: new Set(['admin', 'gossip-control', 'safe-head-db', 'el-sync', 'recover-mode']),
  metrics: {
    prefix: 'op_node_default_',
    names: { engine_resets_total: 'pipeline_resets_total' },
  },
  polls: {},
  deviations: [
    {
      what: 'publishes zero unsafe, safe and currentL1 while it resets, and keeps only finalized',
      link: docs,
      scenarios: [],
    },
    {
      what: 'in consensus-layer sync a forkchoice update that answers SYNCING resets it: as a follower it is started with execution-layer sync',
      link: docs,
      roles: ['follower'],
      scenarios: [],
    },
    {
      what: 'its follow tick runs inside the driver loop, every two L2 block times: a silent source stops its unsafe chain',
      link: 'https://github.com/ethereum-optimism/optimism/issues/21759',
      roles: ['follower'],
      scenarios: ['Source_Slow'],
    },
    {
      what: 'before interop a local-safe block is cross-safe at once: a follower does not keep the cross-safe head of its source',
      link: 'https://github.com/ethereum-optimism/optimism/pull/19330',
      roles: ['follower'],
      scenarios: ['FollowL2_LocalSafeDivergesThenConverges'],
    },
  ],
  launch(settings, [executable = '', ...leading]) {
    return {
      command: executable,
      args: [...leading, ...opNodeFlags(settings)],
      // It has no flag for a file, and a command line is for everybody to read.
      env: settings.sequencer === null ? {} : { OP_NODE_P2P_SEQUENCER_KEY: settings.sequencer.signerKey },
    }
  },
}

/** op-node's flags for these settings. `program` is told the same: they are what the field knows. */
export function opNodeFlags(settings: ClSettings): readonly string[] {
  const { p2p, sequencer, listenAddress } = settings
  return [
    ...flags({
      '--l1': settings.l1Url,
      '--l1.beacon': settings.l1BeaconUrl,
      '--l1.http-poll-interval': `${settings.l1PollMs}ms`,
      // The labels of L1 move with every block here; by default they are read once in an epoch.
      '--l1.epoch-poll-interval': `${settings.l1PollMs}ms`,
      '--l2': settings.engineUrl,
      '--l2.jwt-secret': settings.jwtPath,
      '--rollup.config': settings.rollupPath,
      '--rollup.l1-chain-config': settings.l1ChainConfigPath,
      '--l2.follow.source': settings.followSourceUrl,
      ...syncFlags(settings),
      '--safedb.path': settings.safeDbPath,
      '--rpc.addr': listenAddress,
      '--rpc.port': settings.rpcPort,
      '--rpc.enable-admin': true,
      '--metrics.enabled': true,
      '--metrics.addr': listenAddress,
      '--metrics.port': settings.metricsPort,
      '--p2p.listen.ip': listenAddress,
      '--p2p.listen.tcp': p2p.listenPort,
      '--p2p.advertise.ip': p2p.advertiseAddress,
      '--p2p.priv.path': p2p.identityKeyPath,
      '--p2p.static': p2p.staticPeers.length === 0 ? null : p2p.staticPeers.join(','),
      // Nobody outside the devstack is looked for.
      '--p2p.no-discovery': true,
      '--p2p.peerstore.path': 'memory',
      '--p2p.discovery.path': 'memory',
      '--log.level': 'info',
      '--log.format': 'text',
    }),
    // Flags whose value may be empty or false need the equals sign.
    '--p2p.bootnodes=',
    '--p2p.sync.req-resp=false',
    ...(sequencer === null
      ? []
      : [
          '--sequencer.enabled',
          ...(sequencer.stopped ? ['--sequencer.stopped'] : []),
          ...flags({ '--sequencer.l1-confs': sequencer.l1Confirmations }),
        ]),
  ]
}

/**
 * In consensus-layer sync a forkchoice update that answers SYNCING resets op-node, which a follower whose engine is behind
 * meets at every tick: there it syncs by its engine, with no distance kept from the target.
 */
function syncFlags({ elSync, followSourceUrl }: ClSettings): Readonly<Record<string, string>> {
  if (elSync !== null)
    return { '--syncmode': 'execution-layer', '--syncmode.offset-el-safe': `${elSync.offsetSeconds}s` }
  return followSourceUrl === null ? {} : { '--syncmode': 'execution-layer' }
}
