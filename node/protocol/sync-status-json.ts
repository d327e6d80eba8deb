import { z } from 'zod'
import { hashSchema, parseJson, plainUint } from './json-schema.ts'
import { readOnce } from './read-once.ts'
import { type BlockId, type L1BlockRef, type L2BlockRef, zeroL2BlockRef } from './refs.ts'
import type { SyncStatus } from './sync-status.ts'

const blockIdSchema = z.object({ hash: hashSchema, number: plainUint })
const l1BlockFields = blockIdSchema.extend({ parentHash: hashSchema, timestamp: plainUint })
const l1BlockRefSchema = readOnce(l1BlockFields)
const l2BlockRefSchema = readOnce(
  l1BlockFields
    .extend({ l1origin: blockIdSchema, sequenceNumber: plainUint })
    .transform(({ l1origin, ...ref }): L2BlockRef => ({ ...ref, l1Origin: l1origin })),
)

const syncStatusFields = z.object({
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
const syncStatusSchema = readOnce(
  syncStatusFields.transform(
    (status): SyncStatus => ({
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
    }),
  ),
)

type Json = Readonly<Record<string, unknown>>

/** A status is asked for many times until one of its references changes: it and each of them are written once, and frozen because they are shared. */
const written = {
  id: new WeakMap<BlockId, Json>(),
  l1: new WeakMap<L1BlockRef, Json>(),
  l2: new WeakMap<L2BlockRef, Json>(),
  status: new WeakMap<SyncStatus, Json>(),
}

function once<T extends object>(known: WeakMap<T, Json>, told: T, write: (told: T) => Json): Json {
  const before = known.get(told)
  if (before !== undefined) return before
  const json = Object.freeze(write(told))
  known.set(told, json)
  return json
}

/** op-node's JSON: the number is a plain integer. */
export function blockIdToJson(id: BlockId): Json {
  return once(written.id, id, ({ hash, number }) => ({ hash, number: Number(number) }))
}

/** op-node's JSON: numbers are plain integers. */
export function l1BlockRefToJson(ref: L1BlockRef): Json {
  return once(written.l1, ref, ({ hash, number, parentHash, timestamp }) => ({
    ...{ hash, number: Number(number), parentHash, timestamp: Number(timestamp) },
  }))
}

/** op-node's JSON: numbers are plain integers and the origin's key is `l1origin`. */
export function l2BlockRefToJson(ref: L2BlockRef): Json {
  return once(written.l2, ref, ({ hash, number, parentHash, timestamp, l1Origin, sequenceNumber }) => ({
    ...{ hash, number: Number(number), parentHash, timestamp: Number(timestamp) },
    l1origin: blockIdToJson(l1Origin),
    sequenceNumber: Number(sequenceNumber),
  }))
}

/** The answer of `optimism_syncStatus`. */
export function syncStatusToJson(status: SyncStatus): Json {
  return once(written.status, status, () => ({
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
  }))
}

/**
 * Reads the answer of `optimism_syncStatus`. Sources from before interop lack some references: `local_safe_l2` is then
 * `safe_l2`, `cross_unsafe_l2` is `unsafe_l2`, and what cannot be told is the zero reference.
 * @throws JsonFormatError naming the wrong fields.
 */
export function syncStatusFromJson(json: unknown): SyncStatus {
  return parseJson(syncStatusSchema, json, 'sync status')
}
