import type { ClClient } from './client.ts'
import { flags } from './flag-list.ts'

const docs = 'docs/clients.md#kona-node'
const issue = (number: number) => `https://github.com/ethereum-optimism/optimism/issues/${number}`

/** The Rust rollup node of the Optimism monorepo. Measured with v1.6.1-rc.2. */
export const konaNode: ClClient = {
  slot: 'cl',
  kind: 'kona-node',
  program: { from: 'user', executable: 'kona-node' },
  readyMethod: 'optimism_version',
  // It tries its engine again and again, also at the start.
  startsAfter: [],
  peering: 'connect',
  capabilities: new Set(['admin', 'gossip-control', 'recover-mode']),
  metrics: { prefix: 'kona_node_', names: { engine_resets_total: 'engine_reset_count' } },
  polls: { l1HeadMs: 4_000, l1FinalizedMs: 60_000, followSourceMs: 4_000 },
  deviations: [
    {
      what: 'as a sequencer it never leaves an L1 origin that a reorg orphaned',
      link: issue(18676),
      roles: ['sequencer'],
      scenarios: ['FollowL2_ReorgRecovery*', 'L1Reorg_*'],
    },
    {
      what: 'its currentL1 is its own L1 head in every role',
      link: issue(18673),
      scenarios: [],
      invariants: ['current-l1-from-source'],
    },
    {
      what: 'follows safe_l2 of its source, not local_safe_l2',
      link: issue(19325),
      roles: ['follower'],
      scenarios: ['FollowL2_LocalSafeDivergesThenConverges'],
    },
    {
      what: 'exits when derivation replaces a held unsafe block that is not the tip (UnsafeHeadChangedSinceBuild)',
      link: docs,
      roles: ['reference', 'sequencer'],
      scenarios: [],
    },
    {
      what: 'its status is all zeros until its first engine task, and again after a reset',
      link: docs,
      scenarios: [],
    },
    { what: 'admin_startSequencer ignores the hash', link: docs, roles: ['sequencer'], scenarios: [] },
    { what: 'has no optimism_safeHeadAtL1Block', link: issue(22279), scenarios: [] },
    {
      what: 'local-safe stands above unsafe while its engine syncs',
      link: docs,
      scenarios: [],
      invariants: ['heads-ordered'],
    },
    { what: 'needs one unsafe payload to begin', link: docs, roles: ['follower'], scenarios: [] },
  ],
  launch(settings, [executable = '', ...leading]) {
    const { p2p, sequencer, listenAddress } = settings
    return {
      command: executable,
      args: [
        ...leading,
        'node',
        ...flags({
          '--chain': settings.l2ChainId,
          '--metrics.enabled': true,
          '--metrics.addr': listenAddress,
          '--metrics.port': settings.metricsPort,
          '--mode': sequencer === null ? 'Validator' : 'Sequencer',
          '--l1': settings.l1Url,
          '--l1.beacon': settings.l1BeaconUrl,
          '--l2': settings.engineUrl,
          '--l2.jwt-secret': settings.jwtPath,
          '--rollup-cfg': settings.rollupPath,
          '--rollup-l1-cfg': settings.l1ChainConfigPath,
          '--l2.follow.source': settings.followSourceUrl,
          '--rpc.addr': listenAddress,
          '--port': settings.rpcPort,
          '--rpc.enable-admin': true,
          '--p2p.listen.ip': listenAddress,
          '--p2p.listen.tcp': p2p.listenPort,
          '--p2p.listen.udp': p2p.listenPort,
          '--p2p.advertise.ip': p2p.advertiseAddress,
          '--p2p.priv.path': p2p.identityKeyPath,
          // It is parsed and has no effect: what keeps discovery empty is that no bootnode is given.
          '--p2p.no-discovery': true,
          '--p2p.no-bootstore': true,
        }),
        ...(sequencer === null
          ? []
          : [
              ...(sequencer.stopped ? ['--sequencer.stopped'] : []),
              ...flags({
                '--sequencer.l1-confs': sequencer.l1Confirmations,
                '--p2p.sequencer.key.path': sequencer.signerKeyPath,
              }),
            ]),
      ],
      env: {},
    }
  },
}
