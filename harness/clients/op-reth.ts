import { join } from 'node:path'
import type { ElClient } from './client.ts'
import { flags } from './flag-list.ts'

/** reth with the OP Stack's changes. It rewinds to a canonical ancestor only with an option that is not given. */
export const opReth: ElClient = {
  slot: 'el',
  kind: 'op-reth',
  program: { from: 'user', executable: 'op-reth' },
  readyMethod: 'eth_chainId',
  launch: (settings, [executable = '', ...leading]) => ({
    command: executable,
    args: [
      ...leading,
      'node',
      ...flags({
        '--chain': settings.genesisPath,
        '--datadir': settings.dataPath,
        '--log.file.directory': join(settings.dataPath, 'logs'),
        '--authrpc.addr': settings.listenAddress,
        '--authrpc.port': settings.enginePort,
        '--authrpc.jwtsecret': settings.jwtPath,
        '--http': true,
        '--http.addr': settings.listenAddress,
        '--http.port': settings.httpPort,
        '--http.api': 'eth,net,web3,txpool,debug,admin,miner',
        '--addr': settings.listenAddress,
        '--port': settings.peerPort,
        '--disable-discovery': true,
        '--nat': 'none',
        '--no-persist-peers': true,
        '--ipcdisable': true,
        '--color': 'never',
      }),
    ],
    env: {},
  }),
}
