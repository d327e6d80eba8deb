import type { ElClient } from './client.ts'
import { flags } from './flag-list.ts'
import { launchOwn, ownProgram } from './own-program.ts'

/** The engine of `harness/el`, in a process of its own. Its chain is in memory. */
export const embeddedEl: ElClient = {
  slot: 'el',
  kind: 'embedded-el',
  program: { from: 'project', command: () => ownProgram('el') },
  readyMethod: 'eth_chainId',
  launch: (settings, command) =>
    launchOwn(
      'el',
      flags({
        '--genesis': settings.genesisPath,
        '--authrpc.addr': settings.listenAddress,
        '--authrpc.port': settings.enginePort,
        '--authrpc.jwtsecret': settings.jwtPath,
        '--authrpc.vhosts': `localhost,${settings.name}`,
        '--http.addr': settings.listenAddress,
        '--http.port': settings.httpPort,
        '--http.vhosts': `localhost,${settings.name}`,
        // The harness connects engines with each other by admin_nodeInfo and admin_addPeer.
        '--http.api': 'eth,net,web3,txpool,debug,admin,miner',
        '--addr': settings.listenAddress,
        '--port': settings.peerPort,
        '--datadir': settings.persistent ? settings.dataPath : null,
        '--log.level': 'info',
        '--log.format': 'text',
      }),
      command,
    ),
}
