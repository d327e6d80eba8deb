import type { ClClient } from './client.ts'
import { flags } from './flag-list.ts'
import { launchOwn, ownProgram } from './own-program.ts'

/** This repository's rollup node. */
export const lockstepNode: ClClient = {
  slot: 'cl',
  kind: 'lockstep-node',
  program: { from: 'project', command: () => ownProgram('node') },
  readyMethod: 'optimism_version',
  startsAfter: [],
  peering: 'static',
  capabilities: new Set([
    'metrics',
    'admin',
    'gossip-control',
    'safe-head-db',
    'el-sync',
    'recover-mode',
    'clock-offset',
    'reasons',
  ]),
  metrics: { prefix: 'lockstep_node_', names: {} },
  polls: {},
  deviations: [],
  launch(settings, command) {
    const { p2p, sequencer, elSync, listenAddress } = settings
    return launchOwn(
      'node',
      [
        ...flags({
          '--l1': settings.l1Url,
          '--l1.http-poll-interval': `${settings.l1PollMs}ms`,
          '--l1.beacon': settings.l1BeaconUrl,
          '--l2': settings.engineUrl,
          '--l2.jwt-secret': settings.jwtPath,
          '--rollup.config': settings.rollupPath,
          '--l2.follow.source': settings.followSourceUrl,
          ...(elSync === null
            ? {}
            : {
                '--syncmode': 'execution-layer',
                '--syncmode.offset-el-safe': `${elSync.offsetSeconds}s`,
              }),
          '--safedb.path': settings.safeDbPath,
          '--rpc.addr': listenAddress,
          '--rpc.port': settings.rpcPort,
          '--rpc.vhosts': `localhost,${settings.name}`,
          '--rpc.enable-admin': true,
          '--metrics.enabled': true,
          '--metrics.addr': listenAddress,
          '--metrics.port': settings.metricsPort,
          '--p2p.listen.ip': listenAddress,
          '--p2p.listen.tcp': p2p.listenPort,
          '--p2p.priv.path': p2p.identityKeyPath,
          '--p2p.static': p2p.staticPeers.length === 0 ? null : p2p.staticPeers.join(','),
        }),
        ...(settings.clockOffsetMs === 0 ? [] : [`--clock.offset=${settings.clockOffsetMs}ms`]),
        ...Array.from(settings.upgradePaths, ([fork, path]) => `--rollup.upgrades=${fork}=${path}`),
        ...(sequencer === null
          ? []
          : [
              '--sequencer.enabled',
              ...(sequencer.stopped ? ['--sequencer.stopped'] : []),
              ...flags({
                '--sequencer.l1-confs': sequencer.l1Confirmations,
                '--p2p.sequencer.key.path': sequencer.signerKeyPath,
              }),
            ]),
        // Everything boots at the same time: the others may take as long as the boot of the devstack may.
        ...flags({ '--startup.timeout': '60s', '--log.level': 'info', '--log.format': 'text' }),
      ],
      command,
    )
  },
}
