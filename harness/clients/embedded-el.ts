import type { ElClient } from './client.ts'
import { launchOwn } from './own-program.ts'

/** The engine of `harness/el`, in a process of its own. */
export const embeddedEl: ElClient = {
  readyMethod: 'eth_chainId',
  launch: (settings) =>
    launchOwn('el', [
      ...['--genesis', settings.genesisPath],
      ...['--authrpc.addr', '127.0.0.1', '--authrpc.port', String(settings.enginePort)],
      ...['--authrpc.jwtsecret', settings.jwtPath],
      ...['--http.addr', '127.0.0.1', '--http.port', String(settings.httpPort)],
      // The harness connects engines with each other by admin_nodeInfo and admin_addPeer.
      ...['--http.api', 'eth,net,web3,txpool,debug,admin,miner'],
      ...['--port', String(settings.peerPort)],
      ...(settings.persistent ? ['--datadir', settings.dataPath] : []),
      ...['--log.level', 'info', '--log.format', 'text'],
    ]),
}
