import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { L2Block } from '../../node/ports/l2-source.ts'
import { hexToBytes } from '../../node/protocol/bytes.ts'
import { decodeDepositTransaction, isDepositTransaction } from '../../node/protocol/deposit-transaction.ts'
import { keccak256 } from '../../node/protocol/hash.ts'
import {
  attributesFromJson,
  forkchoiceResultToJson,
  forkchoiceStateFromJson,
  payloadEnvelopeFromJson,
  payloadStatusToJson,
  payloadToJson,
} from '../../node/protocol/payload-json.ts'
import { zeroHash } from '../../node/protocol/refs.ts'
import { payloadEnvelopeToJson } from '../../node/protocol/testing/payload-envelope-to-json.ts'
import { type BenchEngine, createBenchEngine } from '../derivation/engine.ts'
import { type RpcServer, startRpcServer } from './rpc-server.ts'

/** Where it is, and what it has become. */
export interface EngineServer extends RpcServer {
  readonly engine: BenchEngine
}

/**
 * An engine that executes nothing, on loopback, answering at once.
 * @param chain blocks of deposits alone that it has already.
 */
export async function startEngineServer(
  config: RollupConfig,
  chain: readonly L2Block[] = [],
): Promise<EngineServer> {
  const engine = createBenchEngine(config, chain)

  // biome-ignore lint/suspicious/noExplicitAny: parameters as they come.
  async function answer(method: string, params: any[]): Promise<unknown> {
    if (method === 'eth_chainId') return `0x${config.l2ChainId.toString(16)}`
    if (method === 'engine_exchangeCapabilities') return []
    if (method.startsWith('engine_newPayload'))
      return payloadStatusToJson(
        await engine.newPayload(
          payloadEnvelopeFromJson({ executionPayload: params[0], parentBeaconBlockRoot: params[2] }),
        ),
      )
    if (method.startsWith('engine_forkchoiceUpdated'))
      return forkchoiceResultToJson(
        await engine.forkchoiceUpdated(
          forkchoiceStateFromJson(params[0]),
          params[1] === null ? undefined : attributesFromJson(params[1]),
        ),
      )
    if (method.startsWith('engine_getPayload'))
      return payloadEnvelopeToJson(await engine.getPayload(params[0], 0n))
    const block = await blockOf(method, params[0])
    return block && blockToJson(block)
  }

  async function blockOf(method: string, id: string): Promise<L2Block | null> {
    if (method === 'eth_getBlockByHash') return engine.blockByHash(id as `0x${string}`)
    if (method !== 'eth_getBlockByNumber') throw new Error(`the bench's engine does not serve ${method}`)
    return id.startsWith('0x')
      ? engine.blockByNumber(BigInt(id))
      : engine.blockByLabel(id as 'latest' | 'safe' | 'finalized')
  }

  return { ...(await startRpcServer(answer)), engine }
}

function blockToJson({ payload, parentBeaconBlockRoot }: L2Block): Record<string, unknown> {
  const { blockHash, blockNumber, feeRecipient, prevRandao, ...rest } = payloadToJson(payload)
  return {
    ...rest,
    hash: blockHash,
    number: blockNumber,
    miner: feeRecipient,
    mixHash: prevRandao,
    parentBeaconBlockRoot: parentBeaconBlockRoot ?? zeroHash,
    transactions: payload.transactions.map((raw) => {
      if (!isDepositTransaction(raw)) throw new Error("the bench's engine reads out deposits alone")
      const { data, isSystemTransaction, mint, value, gas, ...deposit } = decodeDepositTransaction(raw)
      const quantity = (amount: bigint) => `0x${amount.toString(16)}`
      return {
        type: '0x7e',
        hash: keccak256(hexToBytes(raw)),
        ...deposit,
        ...{ mint: quantity(mint), value: quantity(value), gas: quantity(gas) },
        isSystemTx: isSystemTransaction,
        input: data,
      }
    }),
  }
}
