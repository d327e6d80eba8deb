import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { createLifecycle } from '../../drivers/lifecycle.ts'
import { l1GasLimit } from '../../genesis/l1-genesis.ts'
import type { AnvilProcess, StartAnvilOptions } from '../../l1/anvil.ts'
import { type BootContext, readyMsMax } from './boot-context.ts'
import { localUrl } from './endpoints.ts'

const kind = 'anvil'
const name = 'anvil'

/** L1's client, run by the run's driver as every other component. */
export async function startDrivenAnvil(
  context: BootContext,
  { chainId, statePath, genesisTimestamp, port }: StartAnvilOptions,
): Promise<AnvilProcess> {
  const { client, launch } = context.clients.l1(kind)
  const url = localUrl(port)
  const probe = createHttpRpcClient({ url, timeoutMs: 2_000 })
  const lifecycle = createLifecycle({
    ...{ name, url: () => url, readyMsMax, stored: [], logPath: context.directory.logPath(name) },
    ...{ events: context.events, clock: context.clock, onUnexpectedExit: context.onUnexpectedExit },
    driver: context.drivers.driverOf({
      ...{ name, kind, url, ports: [port] },
      launch: launch({
        ...{ name, statePath, genesisTimestamp, l1ChainId: chainId, gasLimit: l1GasLimit, httpPort: port },
        listenAddress: context.drivers.listenAddress,
        dataPath: context.directory.path,
      }),
    }),
    probe: (signal) => probe.request(client.readyMethod, [], signal),
  })
  await lifecycle.start()
  return { url, pid: lifecycle.pid, stop: () => lifecycle.stop() }
}
