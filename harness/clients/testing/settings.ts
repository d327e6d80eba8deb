import type { ClSettings, ElSettings } from '../client.ts'

/** A follower on a machine of its own. */
export const clSettings: ClSettings = {
  name: 'follower',
  listenAddress: '127.0.0.1',
  dataPath: '/run/data/follower',
  l1Url: 'http://127.0.0.1:1',
  l1BeaconUrl: 'http://127.0.0.1:2',
  l1PollMs: 250,
  engineUrl: 'http://127.0.0.1:3',
  jwtPath: '/run/jwt.hex',
  rollupPath: '/run/rollup.json',
  l1ChainConfigPath: '/run/l1-chain-config.json',
  l2ChainId: 901,
  upgradePaths: new Map([['jovian', '/run/jovian-upgrade.json']]),
  followSourceUrl: 'http://127.0.0.1:4',
  elSync: null,
  rpcPort: 5,
  metricsPort: 6,
  p2p: {
    listenPort: 7,
    advertiseAddress: '127.0.0.1',
    identityKeyPath: '/run/follower-p2p.key',
    staticPeers: ['/ip4/127.0.0.1/tcp/8/p2p/a', '/ip4/127.0.0.1/tcp/9/p2p/b'],
  },
  sequencer: null,
  safeDbPath: null,
  clockOffsetMs: 0,
}

/** The same, building blocks and deriving for itself. */
export const sequencerSettings: ClSettings = {
  ...clSettings,
  name: 'sequencer',
  followSourceUrl: null,
  sequencer: {
    stopped: true,
    l1Confirmations: 2,
    signerKey: `0x${'11'.repeat(32)}`,
    signerKeyPath: '/run/signer.key',
  },
}

export const elSettings: ElSettings = {
  name: 'follower-el',
  listenAddress: '127.0.0.1',
  dataPath: '/run/data/follower-el',
  genesisPath: '/run/genesis.json',
  l2ChainId: 901,
  persistent: false,
  jwtPath: '/run/jwt.hex',
  enginePort: 1,
  httpPort: 2,
  peerPort: 3,
}
