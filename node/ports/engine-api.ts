import type { Hex } from 'viem'
import type {
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadAttributes,
  PayloadEnvelope,
  PayloadStatus,
} from '../protocol/payload.ts'

/** Engine API error codes that the node acts on. Source: execution-apis, engine/common.md, "Errors". */
export const engineErrorCode = {
  unknownPayload: -38001,
  invalidForkchoiceState: -38002,
  invalidPayloadAttributes: -38003,
  tooLargeRequest: -38004,
  unsupportedFork: -38005,
} as const

/** The execution engine answered a call with a JSON-RPC error. Any other thrown error is temporary. */
export class EngineApiError extends Error {
  override readonly name = 'EngineApiError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** The execution engine does not accept our JWT secret. Asking again does not help; `message` names engine and secret. */
export class EngineAuthError extends Error {
  override readonly name = 'EngineAuthError'
}

/** The authenticated Engine API of the node's execution engine. The adapter picks the method version by timestamp. */
export interface EngineApi {
  /** What the engine offers; empty when it does not tell. op-node never asks: a proxy for it may not know the method. */
  exchangeCapabilities(signal?: AbortSignal): Promise<readonly string[]>
  newPayload(envelope: PayloadEnvelope, signal?: AbortSignal): Promise<PayloadStatus>
  forkchoiceUpdated(
    state: ForkchoiceState,
    attributes?: PayloadAttributes,
    signal?: AbortSignal,
  ): Promise<ForkchoiceUpdatedResult>
  /** `timestamp` is that of the payload being built, in seconds; it decides the method version. */
  getPayload(payloadId: Hex, timestamp: bigint, signal?: AbortSignal): Promise<PayloadEnvelope>
}
