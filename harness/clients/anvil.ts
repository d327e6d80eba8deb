import { anvilBinaryPath } from './anvil-binary.ts'
import type { L1Client } from './client.ts'
import { flags } from './flag-list.ts'

/** L1's execution client. The harness decides what it mines; a gateway in front of it serves the labels and the blobs. */
export const anvil: L1Client = {
  slot: 'l1',
  kind: 'anvil',
  program: { from: 'project', command: () => [anvilBinaryPath()] },
  readyMethod: 'eth_chainId',
  launch: (settings, [executable = '', ...leading]) => ({
    command: executable,
    args: [
      ...leading,
      ...flags({
        '--host': settings.listenAddress,
        '--port': settings.httpPort,
        '--chain-id': settings.l1ChainId,
        '--load-state': settings.statePath,
        '--timestamp': String(settings.genesisTimestamp),
        '--gas-limit': String(settings.gasLimit),
        '--hardfork': 'prague',
        '--accounts': 0,
        '--no-mining': true,
        '--order': 'fifo',
        '--color': 'never',
      }),
    ],
    env: {},
  }),
}
