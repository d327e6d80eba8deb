import type { Hex } from 'viem'
import { z } from 'zod'
import { type ForkSchedule, isForkActive } from '../../config/forks.ts'
import type { JsonRpcClient } from '../../json-rpc/client.ts'
import { JsonRpcError, JsonRpcTransportError, rpcErrorCode } from '../../json-rpc/errors.ts'
import { redactUrl } from '../../json-rpc/redact-url.ts'
import { parseAnswer, rpcHash } from '../../json-rpc/schema.ts'
import { type EngineApi, EngineApiError, EngineAuthError } from '../../ports/engine-api.ts'
import { listOf } from '../../protocol/list-schema.ts'
import type { PayloadAttributes } from '../../protocol/payload.ts'
import {
  attributesToJson,
  forkchoiceResultFromJson,
  payloadFromJson,
  payloadStatusFromJson,
  payloadToJson,
} from '../../protocol/payload-json.ts'

export interface EngineApiOptions {
  /** Of the authenticated endpoint: its headers carry the JWT. */
  readonly rpc: JsonRpcClient
  readonly forks: ForkSchedule
  /** Where the JWT secret comes from, for the error of an engine that refuses it. */
  readonly secretName: string
}

/** What a rollup node calls; sent with `engine_exchangeCapabilities`. */
const engineMethods = [
  'engine_newPayloadV2',
  'engine_newPayloadV3',
  'engine_newPayloadV4',
  'engine_forkchoiceUpdatedV2',
  'engine_forkchoiceUpdatedV3',
  'engine_getPayloadV2',
  'engine_getPayloadV3',
  'engine_getPayloadV4',
  'engine_getPayloadV5',
] as const

/** Version of `engine_newPayload` for a block with that timestamp. Source: specs/protocol/exec-engine.md. */
export function newPayloadVersion(forks: ForkSchedule, timestamp: bigint): 2 | 3 | 4 {
  if (isForkActive(forks, 'isthmus', timestamp)) return 4
  return isForkActive(forks, 'ecotone', timestamp) ? 3 : 2
}

/**
 * Version of `engine_getPayload` for a block with that timestamp: Osaka's from Karst on, whose blobs bundle has proofs of
 * cells. Source: execution-apis, engine/osaka.md; op-node, `GetPayloadVersion`.
 */
export function getPayloadVersion(forks: ForkSchedule, timestamp: bigint): 2 | 3 | 4 | 5 {
  return isForkActive(forks, 'karst', timestamp) ? 5 : newPayloadVersion(forks, timestamp)
}

/** Version of `engine_forkchoiceUpdated`: without attributes no fork decides, and V3 is what every engine has. */
export function forkchoiceMethodVersion(
  forks: ForkSchedule,
  attributes: Pick<PayloadAttributes, 'timestamp'> | undefined,
): 2 | 3 {
  return attributes === undefined || isForkActive(forks, 'ecotone', attributes.timestamp) ? 3 : 2
}

const builtPayload = z.object({ executionPayload: z.unknown(), parentBeaconBlockRoot: rpcHash.nullish() })

/** The EngineApi port over JSON-RPC. Codes of the Engine API become EngineApiError; everything else stays temporary. */
export function createEngineApi(options: EngineApiOptions): EngineApi {
  const { rpc, forks } = options

  async function call(method: string, params: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    try {
      return await rpc.request(method, params, signal)
    } catch (error) {
      if (error instanceof JsonRpcError && isEngineCode(error.code))
        throw new EngineApiError(error.code, `${method}: ${error.message}`)
      if (!(error instanceof JsonRpcTransportError)) throw error
      const engine = `engine at ${redactUrl(rpc.url)}`
      if (error.status === 401)
        throw new EngineAuthError(
          `${engine} refused the JWT secret in ${options.secretName}: expected both to have the same, found HTTP 401`,
        )
      // Old engines answer a wrong secret so; newer ones a name that they do not go by.
      if (error.status === 403)
        throw new EngineAuthError(
          `${engine} forbids calls: expected the JWT secret in ${options.secretName} to be its own, and the host name to be one of its --authrpc.vhosts, found HTTP 403`,
        )
      throw error
    }
  }

  return {
    async exchangeCapabilities(signal) {
      const answer = await call('engine_exchangeCapabilities', [engineMethods], signal).catch(
        (error: unknown) => {
          if (error instanceof JsonRpcError && error.code === rpcErrorCode.methodNotFound) return []
          throw error
        },
      )
      return parseAnswer(listOf(z.string().max(100), 1000), answer, 'engine_exchangeCapabilities')
    },
    async newPayload({ payload, parentBeaconBlockRoot }, signal) {
      const version = newPayloadVersion(forks, payload.timestamp)
      const json = payloadToJson(payload)
      const params =
        version === 2
          ? [json]
          : version === 3
            ? [json, [], parentBeaconBlockRoot ?? null]
            : [json, [], parentBeaconBlockRoot ?? null, []]
      return payloadStatusFromJson(await call(`engine_newPayloadV${version}`, params, signal))
    },
    async forkchoiceUpdated(state, attributes, signal) {
      const version = forkchoiceMethodVersion(forks, attributes)
      const params = [state, attributes === undefined ? null : attributesToJson(attributes)]
      return forkchoiceResultFromJson(await call(`engine_forkchoiceUpdatedV${version}`, params, signal))
    },
    async getPayload(payloadId: Hex, timestamp, signal) {
      const method = `engine_getPayloadV${getPayloadVersion(forks, timestamp)}`
      const built = parseAnswer(builtPayload, await call(method, [payloadId], signal), method)
      const payload = payloadFromJson(built.executionPayload)
      return built.parentBeaconBlockRoot == null
        ? { payload }
        : { payload, parentBeaconBlockRoot: built.parentBeaconBlockRoot }
    },
  }
}

/** The range of the Engine API. Source: execution-apis, engine/common.md, "Errors". */
function isEngineCode(code: number): boolean {
  return code <= -38000 && code > -38100
}
