import type { Hash } from 'viem'
import type { RpcHandler } from '../../../../node/json-rpc/dispatch.ts'
import { JsonRpcError } from '../../../../node/json-rpc/errors.ts'
import { EngineApiError, engineErrorCode } from '../../../../node/ports/engine-api.ts'
import { quantityToJson } from '../../../../node/protocol/json-schema.ts'
import type { PayloadEnvelope } from '../../../../node/protocol/payload.ts'
import {
  forkchoiceResultToJson,
  forkchoiceStateFromJson,
  payloadFromJson,
  payloadStatusToJson,
} from '../../../../node/protocol/payload-json.ts'
import type { ModelEngine } from '../model-engine.ts'
import { l2BlockJson } from './l2-block-json.ts'

/** The authenticated port of a model engine: the Engine API, and the `eth_` methods that rollup nodes call. */
export function engineMethods(engine: ModelEngine): ReadonlyMap<string, RpcHandler> {
  const newPayload: RpcHandler = async ([json, , beaconRoot]) =>
    payloadStatusToJson(
      await engine.newPayload({
        payload: payloadFromJson(json),
        ...(typeof beaconRoot === 'string' ? { parentBeaconBlockRoot: beaconRoot as Hash } : {}),
      }),
    )
  const forkchoiceUpdated: RpcHandler = async ([state, attributes]) => {
    if (attributes !== undefined && attributes !== null)
      throw new EngineApiError(
        engineErrorCode.invalidPayloadAttributes,
        'expected no attributes: the node under test follows, and what it would build is not in a recording',
      )
    return forkchoiceResultToJson(await engine.forkchoiceUpdated(forkchoiceStateFromJson(state)))
  }
  const blockOf = async ([label]: readonly unknown[]) => {
    const text = String(label)
    if (text.startsWith('0x')) return engine.blockByNumber(BigInt(text))
    return engine.blockByLabel(text === 'safe' || text === 'finalized' ? text : 'latest')
  }
  const json = (block: PayloadEnvelope | null, full: unknown) =>
    block === null ? null : l2BlockJson(block, full === true)
  const versions = (name: string, upTo: number) =>
    Array.from({ length: upTo }, (_, index) => `engine_${name}V${index + 1}`)
  const [payloads, updates] = [versions('newPayload', 4), versions('forkchoiceUpdated', 3)]
  return new Map<string, RpcHandler>([
    ...payloads.map((method) => [method, coded(newPayload)] as const),
    ...updates.map((method) => [method, coded(forkchoiceUpdated)] as const),
    ['engine_exchangeCapabilities', () => [...payloads, ...updates]],
    ['engine_getClientVersionV1', () => [{ code: 'LS', name: 'replay', version: '1', commit: '0x00000000' }]],
    ['web3_clientVersion', () => 'lockstep/replay'],
    ['eth_chainId', async () => quantityToJson(await engine.chainId())],
    ['net_version', async () => String(await engine.chainId())],
    ['eth_syncing', () => false],
    [
      'eth_blockNumber',
      async () => quantityToJson((await engine.blockByLabel('latest'))?.payload.blockNumber ?? 0n),
    ],
    ['eth_getBlockByNumber', async (params) => json(await blockOf(params), params[1])],
    [
      'eth_getBlockByHash',
      async ([hash, full]) => json(await engine.blockByHash(String(hash) as Hash), full),
    ],
  ])
}

/** Errors of the engine have codes of their own. */
function coded(handler: RpcHandler): RpcHandler {
  return async (...call) => {
    try {
      return await handler(...call)
    } catch (error) {
      throw error instanceof EngineApiError ? new JsonRpcError(error.code, error.message) : error
    }
  }
}
