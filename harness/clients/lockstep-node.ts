import type { ClClient } from './client.ts'
import { launchOwn } from './own-program.ts'

/** This repository's rollup node. */
export const lockstepNode: ClClient = {
  readyMethod: 'optimism_version',
  launch: (settings) =>
    launchOwn('node', [
      ...['--l1', settings.l1Url, '--l1.http-poll-interval', `${settings.l1PollMs}ms`],
      ...['--l1.beacon', settings.l1BeaconUrl],
      ...['--l2', settings.engineUrl, '--l2.jwt-secret', settings.jwtPath],
      ...['--rollup.config', settings.rollupPath],
      ...Array.from(settings.upgradePaths, ([fork, path]) => `--rollup.upgrades=${fork}=${path}`),
      ...(settings.followSourceUrl === null ? [] : ['--l2.follow.source', settings.followSourceUrl]),
      ...(settings.elSync === null
        ? []
        : [
            ...['--syncmode', 'execution-layer'],
            ...['--syncmode.offset-el-safe', `${settings.elSync.offsetSeconds}s`],
          ]),
      ...(settings.safeDbPath === null ? [] : ['--safedb.path', settings.safeDbPath]),
      ...['--rpc.addr', '127.0.0.1', '--rpc.port', String(settings.rpcPort), '--rpc.enable-admin'],
      ...['--metrics.enabled', '--metrics.addr', '127.0.0.1', '--metrics.port', String(settings.metricsPort)],
      ...['--p2p.listen.ip', '127.0.0.1', '--p2p.listen.tcp', String(settings.p2p.listenPort)],
      ...['--p2p.priv.path', settings.p2p.identityKeyPath],
      ...(settings.p2p.staticPeers.length === 0 ? [] : ['--p2p.static', settings.p2p.staticPeers.join(',')]),
      ...(settings.sequencer === null
        ? []
        : [
            ...['--sequencer.enabled', '--sequencer.stopped'],
            ...['--sequencer.l1-confs', String(settings.sequencer.l1Confirmations)],
            ...['--p2p.sequencer.key.path', settings.sequencer.signerKeyPath],
          ]),
      // Everything boots at the same time: the others may take as long as the boot of the devstack may.
      ...['--startup.timeout', '60s'],
      ...['--log.level', 'info', '--log.format', 'text'],
    ]),
}
