import type { Hash, Hex } from 'viem'
import { headerHash } from '../adapters/l1/l1-header.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { rollupConfigToJson } from '../config/rollup-config.ts'
import type { RpcHandler } from '../json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../json-rpc/http-server.ts'
import { type AbsenceStyle, tellAbsent } from '../json-rpc/testing/absence-style.ts'
import { payloadBlockHash } from '../protocol/block-hash.ts'
import type { ExecutionPayload } from '../protocol/payload.ts'
import { zeroL1BlockRef, zeroL2BlockRef } from '../protocol/refs.ts'
import { syncStatusToJson } from '../protocol/sync-status-json.ts'

const zero = (bytes: number): Hex => `0x${'00'.repeat(bytes)}`
const emptyRoot: Hash = '0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421'
const emptyOmmers: Hash = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

/** The only block of the stub L1, as `eth_getBlockBy…` answers it. */
export function stubL1Genesis() {
  const fields = {
    parentHash: zero(32),
    sha3Uncles: emptyOmmers,
    miner: zero(20),
    stateRoot: emptyRoot,
    transactionsRoot: emptyRoot,
    receiptsRoot: emptyRoot,
    logsBloom: zero(256),
    extraData: '0x' as Hex,
    mixHash: zero(32),
    nonce: zero(8),
  }
  const quantities = { difficulty: 0n, number: 0n, gasLimit: 30_000_000n, gasUsed: 0n, timestamp: 1_000n }
  const hash = headerHash({ hash: zero(32), ...fields, ...quantities, baseFeePerGas: 7n })
  const json = Object.fromEntries(
    Object.entries(quantities).map(([name, value]) => [name, `0x${value.toString(16)}`]),
  )
  return { hash, json: { hash, ...fields, ...json, baseFeePerGas: '0x7', transactions: [] } }
}

/** The only block of the stub engine: an Isthmus genesis without transactions. */
export function stubL2Genesis() {
  const payload: ExecutionPayload = {
    parentHash: zero(32),
    feeRecipient: zero(20),
    stateRoot: emptyRoot,
    receiptsRoot: emptyRoot,
    logsBloom: zero(256),
    prevRandao: zero(32),
    blockNumber: 0n,
    gasLimit: 30_000_000n,
    gasUsed: 0n,
    timestamp: 1_000n,
    extraData: '0x00000000320000000a',
    baseFeePerGas: 7n,
    blockHash: zero(32),
    transactions: [],
    withdrawals: [],
    blobGasUsed: 0n,
    excessBlobGas: 0n,
    withdrawalsRoot: emptyRoot,
  }
  const hash = payloadBlockHash({ payload, parentBeaconBlockRoot: zero(32) })
  return {
    hash,
    json: {
      hash,
      parentHash: payload.parentHash,
      miner: payload.feeRecipient,
      stateRoot: payload.stateRoot,
      receiptsRoot: payload.receiptsRoot,
      logsBloom: payload.logsBloom,
      mixHash: payload.prevRandao,
      number: '0x0',
      gasLimit: '0x1c9c380',
      gasUsed: '0x0',
      timestamp: '0x3e8',
      extraData: payload.extraData,
      baseFeePerGas: '0x7',
      withdrawals: [],
      withdrawalsRoot: emptyRoot,
      blobGasUsed: '0x0',
      excessBlobGas: '0x0',
      parentBeaconBlockRoot: zero(32),
      transactions: [],
    },
  }
}

export interface StubServers {
  readonly l1: JsonRpcServer
  readonly engine: JsonRpcServer
  close(): Promise<void>
}

/** An L1 and an execution engine that hold the genesis block of the configuration and nothing else. */
export async function startStubServers(
  rollup: RollupConfig,
  changes: {
    readonly l1?: Readonly<Record<string, RpcHandler>>
    readonly engine?: Readonly<Record<string, RpcHandler>>
    readonly authenticate?: (authorization: string | undefined) => boolean
    /** How both say that they have no such block. */
    readonly absence?: AbsenceStyle
  } = {},
): Promise<StubServers> {
  const host = '127.0.0.1'
  const { absence = 'null' } = changes
  // As an engine on a fresh data directory.
  const labels = ['safe', 'finalized']
  const l1 = await startJsonRpcServer({
    host,
    port: 0,
    methods: new Map<string, RpcHandler>(
      Object.entries({
        eth_chainId: () => `0x${rollup.l1ChainId.toString(16)}`,
        eth_getBlockByNumber: ([block]: readonly unknown[]) =>
          block === '0x1' ? tellAbsent(absence, [block]) : stubL1Genesis().json,
        eth_getBlockByHash: ([hash]: readonly unknown[]) =>
          hash === stubL1Genesis().hash ? stubL1Genesis().json : tellAbsent(absence, [hash]),
        eth_getBlockReceipts: () => [],
        eth_getStorageAt: () => zero(32),
        ...changes.l1,
      }),
    ),
  })
  const valid = { status: 'VALID', latestValidHash: stubL2Genesis().hash, validationError: null }
  const engine = await startJsonRpcServer({
    host,
    port: 0,
    authenticate: (request) =>
      changes.authenticate?.(request.headers.authorization) === false ? 'token is not valid' : null,
    methods: new Map<string, RpcHandler>(
      Object.entries({
        engine_exchangeCapabilities: () => [],
        engine_forkchoiceUpdatedV3: () => ({ payloadStatus: valid, payloadId: null }),
        eth_chainId: () => `0x${rollup.l2ChainId.toString(16)}`,
        eth_getBlockByNumber: ([block]: readonly unknown[]) =>
          ['0x1', ...labels].includes(String(block)) ? tellAbsent(absence, [block]) : stubL2Genesis().json,
        eth_getBlockByHash: ([hash]: readonly unknown[]) =>
          hash === stubL2Genesis().hash ? stubL2Genesis().json : tellAbsent(absence, [hash]),
        ...changes.engine,
      }),
    ),
  })
  return {
    l1,
    engine,
    close: async () => {
      await Promise.all([l1.close(), engine.close()])
    },
  }
}

/** A follow source of that configuration which knows no head yet. */
export function startStubSource(rollup: RollupConfig): Promise<JsonRpcServer> {
  return startJsonRpcServer({
    host: '127.0.0.1',
    port: 0,
    methods: new Map<string, RpcHandler>([
      ['optimism_rollupConfig', () => rollupConfigToJson(rollup)],
      ['optimism_syncStatus', () => unknownStatus()],
    ]),
  })
}

function unknownStatus(): Record<string, unknown> {
  const l1 = zeroL1BlockRef
  const l2 = zeroL2BlockRef
  return syncStatusToJson({
    currentL1: l1,
    currentL1Finalized: l1,
    headL1: l1,
    safeL1: l1,
    finalizedL1: l1,
    unsafeL2: l2,
    safeL2: l2,
    finalizedL2: l2,
    pendingSafeL2: l2,
    crossUnsafeL2: l2,
    localSafeL2: l2,
  })
}
