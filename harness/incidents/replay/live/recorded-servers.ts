import { rollupConfigToJson } from '../../../../node/config/rollup-config.ts'
import type { RpcHandler } from '../../../../node/json-rpc/dispatch.ts'
import { JsonRpcError, rpcErrorCode } from '../../../../node/json-rpc/errors.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../../../node/json-rpc/http-server.ts'
import { syncStatusToJson } from '../../../../node/protocol/sync-status-json.ts'
import { checkJwt } from '../../../el/engine-api/jwt.ts'
import type { ReplayedWorld } from '../node-under-test.ts'
import { engineMethods } from './engine-methods.ts'
import { l1Methods } from './l1-methods.ts'

/** On loopback: what a node under test is pointed at. */
export interface RecordedServers extends AsyncDisposable {
  readonly l1Url: string
  readonly beaconUrl: string
  readonly sourceUrl: string
  readonly engineUrl: string
}

/** Serves L1, its beacon, the source and the engine of a replay, each as its clients know it. */
export async function startRecordedServers(
  world: ReplayedWorld,
  jwtSecret: Uint8Array,
): Promise<RecordedServers> {
  await using started = new AsyncDisposableStack()
  const serve = async (
    options: Pick<Parameters<typeof startJsonRpcServer>[0], 'methods' | 'routes' | 'authenticate'>,
  ) => {
    const server: JsonRpcServer = await startJsonRpcServer({ host: '127.0.0.1', port: 0, ...options })
    started.defer(() => server.close())
    return server.url
  }
  const l1Url = await serve({ methods: l1Methods(world.l1) })
  const beaconUrl = await serve({ methods: new Map(), routes: beaconRoutes(world) })
  const sourceUrl = await serve({ methods: sourceMethods(world) })
  const engineUrl = await serve({
    methods: engineMethods(world.engine),
    authenticate: (request) => checkJwt(jwtSecret, Date.now(), request),
  })
  const running = started.move()
  return {
    ...{ l1Url, beaconUrl, sourceUrl, engineUrl },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

function sourceMethods({ source, config }: ReplayedWorld): ReadonlyMap<string, RpcHandler> {
  return new Map<string, RpcHandler>([
    [
      'optimism_syncStatus',
      () => {
        try {
          return syncStatusToJson(source())
        } catch (error) {
          throw new JsonRpcError(rpcErrorCode.internal, error instanceof Error ? error.message : 'away')
        }
      },
    ],
    ['optimism_rollupConfig', () => rollupConfigToJson(config)],
    ['optimism_version', () => 'lockstep/replay'],
  ])
}

/** What nodes ask a beacon before they read a blob; a recording has none. Source: ethereum/beacon-APIs. */
function beaconRoutes({ config }: ReplayedWorld) {
  const answer = (data: unknown) => () => ({
    ...{ status: 200, type: 'application/json' },
    body: JSON.stringify({ data }),
  })
  return new Map([
    ['/eth/v1/node/version', answer({ version: 'lockstep/replay' })],
    ['/eth/v1/config/spec', answer({ SECONDS_PER_SLOT: '12' })],
    [
      '/eth/v1/beacon/genesis',
      answer({
        genesis_time: String(config.genesis.l2Time),
        genesis_validators_root: `0x${'00'.repeat(32)}`,
        genesis_fork_version: '0x00000000',
      }),
    ],
  ])
}
