import { type Address, slice } from 'viem'
import { createEngineApi } from '../../../node/adapters/engine/engine-api.ts'
import { createEngineAuthHeaders } from '../../../node/adapters/engine/engine-jwt.ts'
import { createL2Source } from '../../../node/adapters/engine/l2-source.ts'
import {
  readConfigFile,
  readOrMakeSecretFile,
  readSecretFile,
} from '../../../node/adapters/files/secret-files.ts'
import { createFollowSource } from '../../../node/adapters/follow-source/follow-source.ts'
import { createL1Source } from '../../../node/adapters/l1/l1-source.ts'
import { openLibp2pTransport } from '../../../node/adapters/libp2p/libp2p-transport.ts'
import { createPinoLogger } from '../../../node/adapters/logs/pino-logger.ts'
import { createNoMetrics } from '../../../node/adapters/metrics/no-metrics.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import { flagTable } from '../../../node/config/flags.ts'
import { toProgramConfig } from '../../../node/config/flags-config.ts'
import { parseFlags } from '../../../node/config/flags-parse.ts'
import { rollupConfigToJson } from '../../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { startJsonRpcServer } from '../../../node/json-rpc/http-server.ts'
import { method } from '../../../node/json-rpc/method.ts'
import { unsafeBlockSignerSlot } from '../../../node/l1/unsafe-block-signer.ts'
import { createNodeMetrics } from '../../../node/metrics.ts'
import { startP2p } from '../../../node/network/p2p.ts'
import type { L1Label, L1Source } from '../../../node/ports/l1-source.ts'
import { type BlockId, type L1BlockRef, zeroL1BlockRef } from '../../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../../node/protocol/sync-status-json.ts'
import { opp2pApi } from '../../../node/rpc/opp2p-api.ts'
import { createOtherChain } from './other-chain.ts'

/*
 * A consensus node that is not ours, for the conformance suite to judge: a program with op-node's flags that follows a
 * source, hears gossip and drives an engine, in as few lines as that takes. It has three faults on purpose: it has no case 4
 * (`other-chain.ts`), it publishes zeros while it resets, and it has no `optimism_safeHeadAtL1Block`, `admin_` and metrics.
 */

const tickMs = 500
const timeoutMs = 2_000

const clock = createSystemClock()
const logger = createPinoLogger({ level: 'info', format: 'text' })
const program = toProgramConfig(parseFlags(knownFlags(process.argv.slice(2)), {}), {
  text: readConfigFile,
  secret: (path, purpose) => readSecretFile(path, purpose, () => {}),
  secretOrNew: (path, purpose) => readOrMakeSecretFile(path, purpose, () => {}),
})
const { rollup, l1: l1Config, l2: l2Config, follow, p2p: p2pConfig, rpc } = program.node
if (follow === null || p2pConfig === null) {
  process.stderr.write(
    'other-cl: it only follows: expected --l2.follow.source and p2p, found one of them missing\n',
  )
  process.exit(1)
}

const l1 = createL1Source({
  rpc: createHttpRpcClient({ url: l1Config.rpcUrl, timeoutMs }),
  ...{
    clock,
    random: createSystemRandom(),
    logger,
    callsPerSecond: null,
    batchCallsMax: program.l1BatchCallsMax,
    trustRpc: false,
    logsOf: [],
  },
})
const engineRpc = createHttpRpcClient({
  ...{ url: l2Config.engineUrl, timeoutMs, headers: createEngineAuthHeaders(l2Config.jwtSecret, clock) },
})
const l2 = createL2Source({ rpc: engineRpc, forks: rollup.forks })
const chain = createOtherChain({
  engine: createEngineApi({ rpc: engineRpc, forks: rollup.forks, secretName: program.jwtSecretPath }),
  ...{ l2, rollup, log: (message) => logger.info(message) },
})
const source = createFollowSource(createHttpRpcClient({ url: follow.sourceUrl, timeoutMs }))
const p2p = await startP2p({
  ...{ p2p: p2pConfig, rollup, clock, logger, random: createSystemRandom(), version: '0.0.0' },
  ...{
    openTransport: openLibp2pTransport,
    metrics: createNodeMetrics(createNoMetrics()),
    startDiscovery: null,
  },
})
p2p.gossip.onPayload((envelope) => void chain.add(envelope))

let currentL1 = zeroL1BlockRef
let labels: Readonly<Record<L1Label, L1BlockRef>> = {
  ...{ latest: zeroL1BlockRef, safe: zeroL1BlockRef, finalized: zeroL1BlockRef },
}

await startJsonRpcServer({
  ...{ host: rpc.host, port: rpc.port, access: rpc.access },
  methods: new Map([
    ['optimism_syncStatus', method([], status)],
    ['optimism_rollupConfig', method([], () => rollupConfigToJson(rollup))],
    ['optimism_version', method([], () => 'other-cl/0.0.0')],
    ...opp2pApi(p2p.admin),
  ]),
})
logger.info('other-cl serves', { port: rpc.port })
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => process.exit(0))

for (;;) {
  await tick().catch((error: unknown) => logger.warn('tick failed', { error }))
  await clock.sleep(tickMs)
}

async function tick(): Promise<void> {
  const [latest, safe, finalized] = await Promise.all([label('latest'), label('safe'), label('finalized')])
  labels = { latest, safe, finalized }
  p2p.gossip.setBlockSigners({ current: await signerAt(l1, latest), previous: null })
  const said = await source.syncStatus(AbortSignal.timeout(timeoutMs))
  const heads = { localSafe: said.localSafeL2, safe: said.safeL2, finalized: said.finalizedL2 }
  const origins = [...Object.values(heads).map(({ l1Origin }) => l1Origin), said.currentL1]
  const canonical = await Promise.all(origins.map(isCanonical))
  if (canonical.includes(false)) {
    logger.warn('the source is not on our L1')
    return
  }
  await chain.follow(heads)
  currentL1 = said.currentL1
}

function status(): object {
  const { unsafe, localSafe, safe, finalized } = chain.heads()
  const resets = unsafe.number === 0n && BigInt(unsafe.hash) === 0n
  return syncStatusToJson({
    ...{ currentL1: resets ? zeroL1BlockRef : currentL1, currentL1Finalized: labels.finalized },
    ...{ headL1: labels.latest, safeL1: labels.safe, finalizedL1: labels.finalized },
    ...{ unsafeL2: unsafe, crossUnsafeL2: unsafe, pendingSafeL2: localSafe, localSafeL2: localSafe },
    ...{ safeL2: safe, finalizedL2: finalized },
  })
}

async function label(name: L1Label): Promise<L1BlockRef> {
  return (await l1.headerByLabel(name)) ?? zeroL1BlockRef
}

async function isCanonical({ number, hash }: BlockId): Promise<boolean> {
  return (await l1.headerByNumber(number))?.hash === hash
}

async function signerAt(at: L1Source, head: L1BlockRef): Promise<Address> {
  return slice(await at.storageAt(rollup.l1SystemConfigAddress, unsafeBlockSignerSlot, head.hash), 12)
}

/** op-node has flags that this program has no use for. */
function knownFlags(argv: readonly string[]): readonly string[] {
  const known: string[] = []
  for (let index = 0; index < argv.length; index++) {
    const argument = argv[index] ?? ''
    const next = argv[index + 1]
    const hasValue = !argument.includes('=') && next !== undefined && !next.startsWith('--')
    const name = argument.slice(2).split('=', 1)[0] ?? ''
    const wanted = flagTable.some((flag) => flag.name === name || flag.aliases?.includes(name))
    // An empty value says that there is none.
    if (wanted && !argument.endsWith('=')) known.push(argument, ...(hasValue ? [next] : []))
    if (hasValue) index++
  }
  return known
}
