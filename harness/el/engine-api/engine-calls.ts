import type { ForkSchedule } from '../../../node/config/forks.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { engineErrorCode } from '../../../node/ports/engine-api.ts'
import type {
  ExecutionPayload,
  ForkchoiceState,
  ForkchoiceUpdatedResult,
  PayloadAttributes,
  PayloadEnvelope,
  PayloadStatus,
} from '../../../node/protocol/payload.ts'
import { invalid } from '../chain/chain.ts'
import type { ExecutedBlock } from '../execution/types.ts'
import { type Engine, unknownPayload } from './engine.ts'
import {
  checkAttributes,
  checkGetPayload,
  checkNewPayload,
  type ForkchoiceVersion,
  type GetPayloadVersion,
  type NewPayloadExtras,
  type NewPayloadVersion,
  type Refusal,
} from './versions.ts'

export type PayloadExtras = NewPayloadExtras & { readonly parentBeaconBlockRoot: `0x${string}` | null }

/**
 * The Engine API with its versions and without its JSON. Every call throws JsonRpcError with the code of what it refuses.
 */
export interface EngineCalls {
  newPayload(
    version: NewPayloadVersion,
    payload: ExecutionPayload,
    extras: PayloadExtras,
  ): Promise<PayloadStatus>
  forkchoiceUpdated(
    version: ForkchoiceVersion,
    state: ForkchoiceState,
    attributes: PayloadAttributes | null,
  ): Promise<ForkchoiceUpdatedResult>
  getPayload(version: GetPayloadVersion, id: `0x${string}`): Promise<ExecutedBlock>
}

export interface EngineCallsOptions {
  readonly engine: Engine
  readonly forks: ForkSchedule
  /** For `getPayload`: timestamp of the job's block; undefined for an unknown id. */
  readonly buildTimestamp: (id: `0x${string}`) => bigint | undefined
}

export function createEngineCalls({ engine, forks, buildTimestamp }: EngineCallsOptions): EngineCalls {
  return {
    async newPayload(version, payload, extras) {
      const refusal = checkNewPayload(version, forks, payload, extras)
      if (refusal !== null) throw toRpcError(refusal)
      const envelope: PayloadEnvelope =
        extras.parentBeaconBlockRoot === null
          ? { payload }
          : { payload, parentBeaconBlockRoot: extras.parentBeaconBlockRoot }
      return checkOpPayload(version, envelope, extras) ?? (await engine.newPayload(envelope))
    },
    async forkchoiceUpdated(version, state, attributes) {
      const refusal = attributes === null ? null : checkAttributes(version, forks, attributes)
      // A wrong method is refused whole; wrong attributes only after the update.
      if (refusal !== null && refusal.code !== engineErrorCode.invalidPayloadAttributes)
        throw toRpcError(refusal)
      return engine.forkchoiceUpdated(state, attributes, version, refusal)
    },
    async getPayload(version, id) {
      const timestamp = buildTimestamp(id)
      if (timestamp === undefined) throw unknownPayload(id)
      const refusal = checkGetPayload(version, forks, timestamp)
      if (refusal !== null) throw toRpcError(refusal)
      return engine.getPayload(id)
    },
  }
}

/** What the fork check cannot see: an OP Stack block has neither blobs nor requests, and from Isthmus a withdrawals root. */
function checkOpPayload(
  version: NewPayloadVersion,
  { payload }: PayloadEnvelope,
  extras: NewPayloadExtras,
): PayloadStatus | null {
  const blobs = extras.versionedHashes?.length ?? 0
  if (blobs > 0) return invalid(null, `invalid number of versionedHashes: expected none, found ${blobs}`)
  const requests = extras.executionRequests?.length ?? 0
  if (requests > 0) return invalid(null, `executionRequests: expected none, found ${requests}`)
  if (version === 4 && payload.withdrawalsRoot === undefined)
    return invalid(null, 'withdrawalsRoot: expected a root from Isthmus on, found none')
  if (version !== 4 && payload.withdrawalsRoot !== undefined)
    return invalid(null, 'withdrawalsRoot: expected none before Isthmus')
  return null
}

function toRpcError({ code, message }: Refusal): JsonRpcError {
  return new JsonRpcError(code, message)
}
