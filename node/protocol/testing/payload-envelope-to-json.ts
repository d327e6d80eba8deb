import type { PayloadEnvelope } from '../payload.ts'
import { payloadToJson } from '../payload-json.ts'

/** The shape of `engine_getPayload` answers and of `admin_postUnsafePayload`. */
export function payloadEnvelopeToJson(envelope: PayloadEnvelope): Record<string, unknown> {
  return {
    executionPayload: payloadToJson(envelope.payload),
    ...(envelope.parentBeaconBlockRoot === undefined
      ? {}
      : { parentBeaconBlockRoot: envelope.parentBeaconBlockRoot }),
  }
}
