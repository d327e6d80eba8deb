import type { Hash, Hex } from 'viem'
import { createEngineApi } from '../../../node/adapters/engine/engine-api.ts'
import { createEngineAuthHeaders } from '../../../node/adapters/engine/engine-jwt.ts'
import { createSystemClock } from '../../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../../node/adapters/system/system-random.ts'
import { type ForkName, forksActiveFrom } from '../../../node/config/forks.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { createHttpRpcClient } from '../../../node/json-rpc/http-client.ts'
import { localAccess, type WebAccess } from '../../../node/json-rpc/web-access.ts'
import type { EngineApi } from '../../../node/ports/engine-api.ts'
import type { L1Header } from '../../../node/ports/l1-source.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { encodeDepositTransaction } from '../../../node/protocol/deposit-transaction.ts'
import { l1InfoDeposit } from '../../../node/protocol/l1-info.ts'
import type { PayloadAttributes, PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { zeroHash } from '../../../node/protocol/refs.ts'
import { type Accounts, deriveAccounts } from '../../genesis/accounts.ts'
import { testChainParameters } from '../../genesis/chain-parameters.fixture.ts'
import { generateChain } from '../../genesis/generate.ts'
import { type ElNodeConfig, type RpcNamespace, rpcNamespaces } from '../el-config.ts'
import { type ElNode, startElNode } from '../el-node.ts'
import { parseGenesis } from '../execution/genesis.ts'

export const testJwtSecret = new Uint8Array(32).fill(0x42)
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
const genesisTime = 1_800_000_000n

/** A chain of its own, and what a test needs to act as its consensus layer. */
export interface TestChain {
  readonly genesisJson: unknown
  readonly rollup: RollupConfig
  readonly accounts: Accounts
}

export async function createTestChain(lastFork: ForkName = 'isthmus'): Promise<TestChain> {
  const accounts = deriveAccounts()
  const parameters = { ...testChainParameters, forks: forksActiveFrom(lastFork) }
  const { l2Genesis, rollup } = await generateChain(parameters, accounts, genesisTime)
  return { genesisJson: JSON.parse(JSON.stringify(l2Genesis)), rollup, accounts }
}

/** An engine on free ports, with clients of both of them. */
export interface TestEl extends ElNode {
  readonly engine: EngineApi
  /** Of the authenticated port. */
  readonly auth: JsonRpcClient
  /** Of the public port. */
  readonly rpc: JsonRpcClient
}

export async function startTestEl(
  chain: TestChain,
  {
    logger = silentLogger,
    httpPort = 0,
    access = localAccess,
    namespaces = rpcNamespaces,
    ...rest
  }: {
    readonly logger?: Logger
    readonly httpPort?: number
    readonly access?: WebAccess
    readonly namespaces?: readonly RpcNamespace[]
    readonly datadir?: string
    readonly calls?: ElNodeConfig['calls']
  } = {},
): Promise<TestEl> {
  const anyPort = { host: '127.0.0.1', port: 0 }
  const clock = createSystemClock()
  const node = await startElNode(
    {
      genesis: parseGenesis(chain.genesisJson),
      chainConfigJson: (chain.genesisJson as { config: unknown }).config,
      jwtSecret: testJwtSecret,
      auth: { ...anyPort, access: localAccess },
      http: { ...anyPort, port: httpPort, access, namespaces },
      peers: anyPort,
      calls: { timeoutMs: 5_000, gasMax: 50_000_000n },
      bootnodes: [],
      gcMode: 'full',
      ...rest,
    },
    { clock, random: createSystemRandom(), logger },
  )
  const auth = createHttpRpcClient({
    url: node.authUrl,
    timeoutMs: 10_000,
    headers: createEngineAuthHeaders(testJwtSecret, clock),
  })
  return {
    ...node,
    auth,
    rpc: createHttpRpcClient({ url: node.httpUrl, timeoutMs: 10_000 }),
    engine: createEngineApi({ rpc: auth, forks: chain.rollup.forks, secretName: 'the test secret' }),
  }
}

const l1: L1Header = {
  hash: `0x${'11'.repeat(32)}`,
  number: 1n,
  parentHash: zeroHash,
  timestamp: genesisTime,
  mixHash: zeroHash,
  baseFeePerGas: 7n,
  excessBlobGas: 0n,
  parentBeaconBlockRoot: `0x${'22'.repeat(32)}`,
}

/** Attributes of a block `seconds` after genesis; `salt` makes siblings differ. */
export function testAttributes(
  { rollup }: TestChain,
  seconds: bigint,
  over: Partial<PayloadAttributes> & { readonly salt?: number } = {},
): PayloadAttributes {
  const { salt = 0, ...rest } = over
  const timestamp = genesisTime + seconds
  const info = l1InfoDeposit({
    config: rollup,
    systemConfig: rollup.genesis.systemConfig,
    sequenceNumber: seconds,
    l1,
    l2Timestamp: timestamp,
  })
  return {
    timestamp,
    prevRandao: `0x${salt.toString(16).padStart(64, '0')}`,
    suggestedFeeRecipient: '0x4200000000000000000000000000000000000011',
    withdrawals: [],
    parentBeaconBlockRoot: l1.parentBeaconBlockRoot as Hash,
    transactions: [encodeDepositTransaction(info)],
    noTxPool: false,
    gasLimit: 30_000_000n,
    eip1559Params: '0x0000000000000000',
    ...(rollup.forks.jovian === undefined ? {} : { minBaseFee: 0n }),
    ...rest,
  }
}

/** Builds one block on `parent`, inserts it and makes it the head, as a sequencer does. */
export async function buildBlock(
  el: Pick<TestEl, 'engine'>,
  parent: Hash,
  attributes: PayloadAttributes,
): Promise<PayloadEnvelope> {
  const built = await buildPayload(el, parent, attributes)
  const status = await el.engine.newPayload(built)
  if (status.status !== 'VALID') throw new Error(`newPayload: ${JSON.stringify(status)}`)
  await el.engine.forkchoiceUpdated(headOnly(built.payload.blockHash))
  return built
}

/** Builds one block on `parent` and only returns it. `parent` becomes the head. */
export async function buildPayload(
  el: Pick<TestEl, 'engine'>,
  parent: Hash,
  attributes: PayloadAttributes,
): Promise<PayloadEnvelope> {
  const { payloadId, payloadStatus } = await el.engine.forkchoiceUpdated(headOnly(parent), attributes)
  if (payloadId === null) throw new Error(`no build job: ${JSON.stringify(payloadStatus)}`)
  return el.engine.getPayload(payloadId as Hex, attributes.timestamp)
}

export function headOnly(head: Hash, safe: Hash = zeroHash, finalized: Hash = zeroHash) {
  return { headBlockHash: head, safeBlockHash: safe, finalizedBlockHash: finalized }
}
