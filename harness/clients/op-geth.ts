import type { ElClient } from './client.ts'
import { flags } from './flag-list.ts'

/** geth with the OP Stack's changes. It keeps its head when it is told a canonical ancestor, and builds on the ancestor. */
export const opGeth: ElClient = {
  slot: 'el',
  kind: 'op-geth',
  program: { from: 'user', executable: 'geth' },
  readyMethod: 'eth_chainId',
  prepare: (settings, [executable = '', ...leading]) => [
    {
      command: executable,
      args: [...leading, 'init', '--datadir', settings.dataPath, settings.genesisPath],
      env: {},
    },
  ],
  launch: (settings, [executable = '', ...leading]) => ({
    command: executable,
    args: [
      ...leading,
      ...flags({
        '--datadir': settings.dataPath,
        '--networkid': settings.l2ChainId,
        '--syncmode': 'full',
        '--gcmode': 'archive',
        '--authrpc.addr': settings.listenAddress,
        '--authrpc.port': settings.enginePort,
        '--authrpc.jwtsecret': settings.jwtPath,
        '--authrpc.vhosts': '*',
        '--http': true,
        '--http.addr': settings.listenAddress,
        '--http.port': settings.httpPort,
        '--http.api': 'eth,net,web3,txpool,debug,admin,miner',
        '--http.vhosts': '*',
        '--port': settings.peerPort,
        '--nodiscover': true,
        '--nat': 'none',
        '--ipcdisable': true,
      }),
    ],
    env: {},
  }),
}
