import { z } from 'zod'
import type { RpcHandler } from '../../../node/json-rpc/dispatch.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { method, readParams } from '../../../node/json-rpc/method.ts'
import { rpcHash } from '../../../node/json-rpc/schema.ts'
import { engineErrorCode } from '../../../node/ports/engine-api.ts'
import { JsonFormatError } from '../../../node/protocol/json-schema.ts'
import { listOf } from '../../../node/protocol/list-schema.ts'
import {
  attributesFromJson,
  forkchoiceResultToJson,
  forkchoiceStateFromJson,
  payloadFromJson,
  payloadStatusToJson,
  payloadToJson,
} from '../../../node/protocol/payload-json.ts'
import { invalid } from '../chain/chain.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { param } from '../rpc/params.ts'
import type { EngineCalls, PayloadExtras } from './engine-calls.ts'
import { payloadBodiesMethods } from './payload-bodies.ts'
import { exceedsGasLimit } from './transaction-bound.ts'
import {
  type ForkchoiceVersion,
  type GetPayloadVersion,
  invalidParamsCode,
  type NewPayloadVersion,
} from './versions.ts'

export interface EngineMethodsOptions {
  readonly calls: EngineCalls
  readonly store: Parameters<typeof payloadBodiesMethods>[0]
  readonly clientVersion: { readonly name: string; readonly version: string; readonly commit: string }
}

const payloadId = z
  .string()
  .regex(/^0x[0-9a-fA-F]{16}$/, 'expected 8 bytes')
  .transform((value) => value.toLowerCase() as `0x${string}`)
const anything = z.unknown()
const optionalHash = rpcHash.nullish().transform((value) => value ?? null)
const optionalHashes = listOf(rpcHash, 1024)
  .nullish()
  .transform((value) => value ?? null)
const optionalRequests = listOf(param.data, 1024)
  .nullish()
  .transform((value) => value ?? null)

/** The Engine API's methods. Source: execution-apis, engine/*.md, with the OP Stack's fields (exec-engine.md). */
export function engineMethods(options: EngineMethodsOptions): ReadonlyMap<string, RpcHandler> {
  const methods = new Map<string, RpcHandler>()
  for (const version of [1, 2, 3, 4] as const)
    methods.set(`engine_newPayloadV${version}`, (params) => newPayload(options, version, params))
  for (const version of [1, 2, 3, 4, 5] as const)
    methods.set(`engine_getPayloadV${version}`, (params) => getPayload(options, version, params))
  for (const version of [1, 2, 3] as const)
    methods.set(`engine_forkchoiceUpdatedV${version}`, (params) =>
      forkchoiceUpdated(options, version, params),
    )
  for (const [name, handler] of payloadBodiesMethods(options.store)) methods.set(name, handler)
  methods.set(
    'engine_getClientVersionV1',
    method([z.unknown()], () => [{ code: 'LS', ...options.clientVersion }]),
  )
  // The caller's own list is of no use to us, and this method is not part of the answer (execution-apis, common.md).
  const capabilities = [...methods.keys()].sort()
  methods.set(
    'engine_exchangeCapabilities',
    method([listOf(z.string().max(100), 1024)], () => capabilities),
  )
  return methods
}

async function newPayload(
  { calls }: EngineMethodsOptions,
  version: NewPayloadVersion,
  params: readonly unknown[],
): Promise<unknown> {
  const [json, extras] = readNewPayloadParams(version, params)
  const surplus = exceedsGasLimit(json)
  if (surplus !== null) return payloadStatusToJson(invalid(null, surplus))
  const payload = refuseFormat(() => payloadFromJson(json))
  return payloadStatusToJson(await calls.newPayload(version, payload, extras))
}

function readNewPayloadParams(
  version: NewPayloadVersion,
  params: readonly unknown[],
): [unknown, PayloadExtras] {
  const none = { versionedHashes: null, parentBeaconBlockRoot: null, executionRequests: null }
  if (version <= 2) return [readParams(params, anything)[0], none]
  const [json, versionedHashes, parentBeaconBlockRoot, executionRequests = null] =
    version === 3
      ? readParams(params, anything, optionalHashes, optionalHash)
      : readParams(params, anything, optionalHashes, optionalHash, optionalRequests)
  return [json, { versionedHashes, parentBeaconBlockRoot, executionRequests }]
}

async function forkchoiceUpdated(
  { calls }: EngineMethodsOptions,
  version: ForkchoiceVersion,
  params: readonly unknown[],
): Promise<unknown> {
  const [stateJson, attributesJson] = readParams(params, anything, anything)
  const state = refuseFormat(() => forkchoiceStateFromJson(stateJson))
  const surplus = exceedsGasLimit(attributesJson)
  if (surplus !== null) throw new JsonRpcError(engineErrorCode.invalidPayloadAttributes, surplus)
  const attributes =
    attributesJson === null || attributesJson === undefined
      ? null
      : refuseFormat(() => attributesFromJson(attributesJson), engineErrorCode.invalidPayloadAttributes)
  return forkchoiceResultToJson(await calls.forkchoiceUpdated(version, state, attributes))
}

async function getPayload(
  { calls }: EngineMethodsOptions,
  version: GetPayloadVersion,
  params: readonly unknown[],
): Promise<unknown> {
  const [id] = readParams(params, payloadId)
  const block = await calls.getPayload(version, id)
  const payload = payloadToJson(block.envelope.payload)
  if (version === 1) return payload
  return {
    executionPayload: payload,
    blockValue: `0x${blockValue(block).toString(16)}`,
    ...(version >= 3
      ? {
          // From V5 on the proofs are those of cells (EIP-7594); an OP Stack block has no blobs, so there are none of either.
          blobsBundle: { commitments: [], proofs: [], blobs: [] },
          shouldOverrideBuilder: false,
          parentBeaconBlockRoot: block.envelope.parentBeaconBlockRoot,
        }
      : {}),
    ...(version >= 4 ? { executionRequests: [] } : {}),
  }
}

/** Wei that the fee recipient earns: the tips. */
function blockValue({ header, receipts }: ExecutedBlock): bigint {
  return receipts.reduce(
    (sum, { type, gasUsed, effectiveGasPrice }) =>
      type === 0x7e ? sum : sum + gasUsed * (effectiveGasPrice - header.baseFeePerGas),
    0n,
  )
}

function refuseFormat<T>(parse: () => T, code: number = invalidParamsCode): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof JsonFormatError) throw new JsonRpcError(code, error.message)
    throw error
  }
}
