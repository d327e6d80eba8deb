import { z } from 'zod'
import { hashSchema, parseJson, plainUint } from './json-schema.ts'
import { type BlockId, type L1BlockRef, type L2BlockRef, zeroL2BlockRef } from './refs.ts'
import type { SyncStatus } from './sync-status.ts'

const blockIdSchema = z.object({ hash: hashSchema, number: plainUint })
const l1BlockRefSchema = blockIdSchema.extend({ parentHash: hashSchema, timestamp: plainUint })
const l2BlockRefSchema = l1BlockRefSchema
  .extend({ l1origin: blockIdSchema, sequenceNumber: plainUint })
  .transform(({ l1origin, ...ref }): L2BlockRef => ({ ...ref, l1Origin: l1origin }))

const syncStatusSchema = z.object({
  current_l1: l1BlockRefSchema,
  current_l1_finalized: l1BlockRefSchema.optional(),
  head_l1: l1BlockRefSchema,
  safe_l1: l1BlockRefSchema,
  finalized_l1: l1BlockRefSchema,
  unsafe_l2: l2BlockRefSchema,
  safe_l2: l2BlockRefSchema,
  finalized_l2: l2BlockRefSchema,
  pending_safe_l2: l2BlockRefSchema.optional(),
  cross_unsafe_l2: l2BlockRefSchema.optional(),
  local_safe_l2: l2BlockRefSchema.optional(),
})

/** op-node's JSON: the number is a plain integer. */
export function blockIdToJson({ hash, number }: BlockId): Record<string, unknown> {
  return { hash, number: Number(number) }
}

/** op-node's JSON: numbers are plain integers. */
export function l1BlockRefToJson(ref: L1BlockRef): Record<string, unknown> {
  return { ...blockIdToJson(ref), parentHash: ref.parentHash, timestamp: Number(ref.timestamp) }
}

/** op-node's JSON: numbers are plain integers and the origin's key is `l1origin`. */
export function l2BlockRefToJson(ref: L2BlockRef): Record<string, unknown> {
  return {
    ...l1BlockRefToJson(ref),
    l1origin: blockIdToJson(ref.l1Origin),
    sequenceNumber: Number(ref.sequenceNumber),
  }
}

/** The answer of `optimism_syncStatus`. */
export function syncStatusToJson(status: SyncStatus): Record<string, unknown> {
  return {
    current_l1: l1BlockRefToJson(status.currentL1),
    current_l1_finalized: l1BlockRefToJson(status.currentL1Finalized),
    head_l1: l1BlockRefToJson(status.headL1),
    safe_l1: l1BlockRefToJson(status.safeL1),
    finalized_l1: l1BlockRefToJson(status.finalizedL1),
    unsafe_l2: l2BlockRefToJson(status.unsafeL2),
    safe_l2: l2BlockRefToJson(status.safeL2),
    finalized_l2: l2BlockRefToJson(status.finalizedL2),
    pending_safe_l2: l2BlockRefToJson(status.pendingSafeL2),
    cross_unsafe_l2: l2BlockRefToJson(status.crossUnsafeL2),
    local_safe_l2: l2BlockRefToJson(status.localSafeL2),
  }
}

/**
 * Reads the answer of `optimism_syncStatus`. Sources from before interop lack some references: `local_safe_l2` is then
 * `safe_l2`, `cross_unsafe_l2` is `unsafe_l2`, and what cannot be told is the zero reference.
 * @throws JsonFormatError naming the wrong fields.
 */
export function syncStatusFromJson(json: unknown): SyncStatus {
  const status = parseJson(syncStatusSchema, json, 'sync status')
  return {
    currentL1: status.current_l1,
    currentL1Finalized: status.current_l1_finalized ?? status.finalized_l1,
    headL1: status.head_l1,
    safeL1: status.safe_l1,
    finalizedL1: status.finalized_l1,
    unsafeL2: status.unsafe_l2,
    safeL2: status.safe_l2,
    finalizedL2: status.finalized_l2,
    pendingSafeL2: status.pending_safe_l2 ?? zeroL2BlockRef,
    crossUnsafeL2: status.cross_unsafe_l2 ?? status.unsafe_l2,
    localSafeL2: status.local_safe_l2 ?? status.safe_l2,
  }
}
