import { createEngineApi } from './adapters/engine/engine-api.ts'
import { createEngineAuthHeaders } from './adapters/engine/engine-jwt.ts'
import { createL2Source } from './adapters/engine/l2-source.ts'
import { createL1Source } from './adapters/l1/l1-source.ts'
import type { LeveledLogger } from './adapters/logs/pino-logger.ts'
import { createNoMetrics } from './adapters/metrics/no-metrics.ts'
import { createSystemClock } from './adapters/system/system-clock.ts'
import { createSystemRandom } from './adapters/system/system-random.ts'
import { callRecorder } from './call-recorder.ts'
import { signalAfter } from './concurrency/signal-after.ts'
import type { ProgramConfig } from './config/flags-config.ts'
import type { NodeConfig, P2pConfig } from './config/node-config.ts'
import { chainIdentityOf } from './follow/identity.ts'
import { createHttpRpcClient, type HttpRpcClientOptions } from './json-rpc/http-client.ts'
import { listenError } from './json-rpc/listen-error.ts'
import { redactUrl } from './json-rpc/redact-url.ts'
import { createNodeMetrics, type NodeMetrics } from './metrics.ts'
import type { P2p, P2pOptions } from './network/p2p.ts'
import type { Clock } from './ports/clock.ts'
import type { Logger } from './ports/logger.ts'
import type { MetricsRegistry } from './ports/metrics.ts'
import type { Random } from './ports/random.ts'
import type { SafeHeadStore } from './ports/safe-head-store.ts'
import { createRollupNode } from './rollup-node.ts'
import { startRpcServer } from './rpc/rpc-server.ts'
import { nodeVersion } from './version.ts'

/**
 * Runs a whole node, real adapters and all, until the signal aborts; then stops everything and resolves.
 * @param onServing its RPC server listens.
 * @throws ConfigError or StartCheckError with one sentence for the operator; anything else is a bug or a fatal error
 * of an actor. Everything that was started has been stopped by then.
 */
export async function runProgram(
  program: ProgramConfig,
  logger: LeveledLogger,
  signal: AbortSignal,
  onServing: () => void = () => {},
): Promise<void> {
  const config = program.node
  // Released in reverse order, whatever ends the node.
  await using started = new AsyncDisposableStack()

  const clock = createSystemClock(program.clockOffsetMs)
  const random = createSystemRandom()
  const registry = await startMetrics(config, started, clock, logger)
  const metrics = createNodeMetrics(registry)
  const client = (target: string, options: Omit<HttpRpcClientOptions, 'onCall' | 'clock'>) =>
    createHttpRpcClient({
      ...options,
      clock,
      onCall: callRecorder(metrics, target),
    })

  // Only what the mode needs is loaded, which start-up time and memory show.
  const own =
    config.follow === null
      ? (await import('./derive-parts.ts')).openDeriveParts(
          config,
          started,
          clock,
          callRecorder(metrics, 'beacon'),
        )
      : (await import('./follow-parts.ts')).openFollowParts(
          config.follow,
          clock,
          callRecorder(metrics, 'follow-source'),
        )

  const l1 = createL1Source({
    rpc: client('l1', { url: config.l1.rpcUrl, timeoutMs: config.l1.timeoutMs }),
    clock,
    random,
    logger: logger.child({ actor: 'l1' }),
    callsPerSecond: program.l1CallsPerSecond,
    batchCallsMax: program.l1BatchCallsMax,
    trustRpc: program.trustL1Rpc,
    // Nothing else of L1's logs is looked at: deposits, and updates of the system config and the unsafe block signer.
    logsOf: [config.rollup.depositContractAddress, config.rollup.l1SystemConfigAddress],
    recoverKey: own.recoverKey,
  })
  const engineRpc = client('engine', {
    url: config.l2.engineUrl,
    timeoutMs: config.l2.timeoutMs,
    headers: createEngineAuthHeaders(config.l2.jwtSecret, clock),
  })
  const { forks } = config.rollup
  const engine = createEngineApi({ rpc: engineRpc, forks, secretName: program.jwtSecretPath })
  const l2 = createL2Source({ rpc: engineRpc, forks })
  const p2p = await startNetwork(config, started, { clock, random, logger, metrics })

  const safeHeadStore = await openSafeHeadStore(program, started, logger)

  const ports = { clock, random, logger, metrics, l1, engine, l2, gossip: p2p?.gossip ?? null, safeHeadStore }
  const node = createRollupNode(config, { ...ports, ...own.ports }, own.mode)
  const rpc = await startRpcServer({
    node,
    l2,
    peers: p2p?.admin ?? null,
    metrics,
    version: nodeVersion,
    setLogLevel(level) {
      logger.setLevel(level)
      logger.warn('log level was changed', { level })
    },
  }).catch((error: unknown) => {
    throw listenError(error, { what: 'RPC server', ...config.rpc, flag: '--rpc.port' })
  })
  started.defer(() => rpc.close())
  onServing()
  metrics.info.set(1, { version: nodeVersion, mode: node.derivation.mode })
  metrics.up.set(1)
  for (const [fork, time] of Object.entries(config.rollup.forks)) metrics.forkTime.set(Number(time), { fork })
  logger.info('node starts', {
    version: nodeVersion,
    mode: node.derivation.mode,
    l2ChainId: config.rollup.l2ChainId,
    rpc: rpc.url,
    ...(config.follow === null ? {} : { followSource: redactUrl(config.follow.sourceUrl) }),
    sequencer: config.sequencer !== null,
    admin: config.rpc.enableAdmin,
  })
  await node.run(signalAfter(signal, () => node.finish()))
  metrics.up.set(0)
}

async function startMetrics(
  config: NodeConfig,
  started: AsyncDisposableStack,
  clock: Clock,
  logger: Logger,
): Promise<MetricsRegistry> {
  const { metrics: where } = config
  if (where === null) return createNoMetrics()
  // Loaded only when wanted: start-up time counts, most of all in tests.
  const [{ createPrometheusMetrics }, { startMetricsServer }] = await Promise.all([
    import('./adapters/metrics/prometheus-metrics.ts'),
    import('./adapters/metrics/metrics-server.ts'),
  ])
  const prometheus = createPrometheusMetrics({ opNodeNames: where.opNodeNames, clock })
  const server = await startMetricsServer({ ...where, metrics: prometheus }).catch((error: unknown) => {
    throw listenError(error, { what: 'metrics server', ...where, flag: '--metrics.port' })
  })
  started.defer(() => server.close())
  logger.info('metrics server listens', { url: `${server.url}/metrics` })
  return prometheus.registry
}

async function openSafeHeadStore(
  { node: { rollup }, safeDbPath }: ProgramConfig,
  started: AsyncDisposableStack,
  logger: Logger,
): Promise<SafeHeadStore | null> {
  if (safeDbPath === null) return null
  const [{ openSafeHeadDatabase }, { checkStore }] = await Promise.all([
    import('./adapters/files/safe-head-database.ts'),
    import('./adapters/files/check-store.ts'),
  ])
  const condition = await checkStore(safeDbPath, '--safedb.path')
  if (condition === 'emptied')
    logger.warn(
      'the safe head database had lost its file: it begins again, and knows nothing of earlier blocks',
      {
        path: safeDbPath,
      },
    )
  const database = openSafeHeadDatabase(safeDbPath, chainIdentityOf(rollup))
  started.defer(() => database.close())
  logger.info('safe head database is open', { path: safeDbPath })
  return database
}

function discoveryStarter(
  { listenHost, discovery: config }: P2pConfig,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): P2pOptions['startDiscovery'] {
  if (config === null) return null
  return async (own) => {
    const { startDiscv5 } = await import('./adapters/discovery/discv5.ts')
    return startDiscv5({ ...own, config, listenHost, clock, logger }).catch((error: unknown) => {
      const where = { host: listenHost, port: config.listenPort, flag: '--p2p.listen.udp' }
      throw listenError(error, { what: 'p2p discovery', ...where })
    })
  }
}

async function startNetwork(
  config: NodeConfig,
  started: AsyncDisposableStack,
  ports: {
    readonly clock: Clock
    readonly random: Random
    readonly logger: Logger
    readonly metrics: NodeMetrics
  },
): Promise<P2p | null> {
  const { p2p, rollup } = config
  if (p2p === null) return null
  const [{ startP2p }, { openLibp2pTransport }, { nativeSha256 }] = await Promise.all([
    import('./network/p2p.ts'),
    import('./adapters/libp2p/libp2p-transport.ts'),
    import('./adapters/system/native-sha256.ts'),
  ])
  const network = await startP2p({
    ...ports,
    openTransport: openLibp2pTransport,
    sha256: nativeSha256,
    p2p,
    rollup,
    version: nodeVersion,
    startDiscovery: discoveryStarter(p2p, ports),
  }).catch((error: unknown) => {
    throw listenError(error, {
      what: 'p2p',
      host: p2p.listenHost,
      port: p2p.listenPort,
      flag: '--p2p.listen.tcp',
    })
  })
  started.defer(() => network.stop())
  if (config.sequencer !== null && p2p.sequencerKey === null)
    ports.logger.warn('blocks will not be gossiped: no sequencer key', { flag: '--p2p.sequencer.key.path' })
  return network
}
