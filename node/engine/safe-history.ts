import type { L1BlockRef, L2BlockRef } from '../protocol/refs.ts'

/** The newest safe block that was derived from data up to one L1 block. */
export interface SafeRecord {
  readonly safe: L2BlockRef
  readonly derivedFrom: L1BlockRef
}

/**
 * What was derived from which L1 block, in memory: one record per L1 block, oldest first. Sync start uses it to find
 * the safe block that survives an L1 reorg: a block whose origin is canonical is safe no longer when the batch that
 * made it so was reorged out.
 */
export interface SafeHistory {
  readonly records: readonly SafeRecord[]
  /** The L1 block that the newest recorded safe block was derived from. */
  readonly lastDerivedFrom: L1BlockRef | null
  add(record: SafeRecord): void
  /** Forgets every record of a block above `safe`. */
  rewind(safe: L2BlockRef): void
  /** Forgets all: the safe head no longer comes from our own derivation. */
  clear(): void
}

/** @param recordsMax the oldest record is forgotten beyond it; the default covers over a day of 12 s L1 blocks. */
export function createSafeHistory(recordsMax = 8192): SafeHistory {
  let records: SafeRecord[] = []
  return {
    get records() {
      return records
    },
    get lastDerivedFrom() {
      return records.at(-1)?.derivedFrom ?? null
    },
    add(record) {
      if (records.at(-1)?.derivedFrom.hash === record.derivedFrom.hash) records[records.length - 1] = record
      else records.push(record)
      // Trimmed in halves so that the cost per record stays constant.
      if (records.length > recordsMax) records = records.slice(-Math.ceil(recordsMax / 2))
    },
    rewind(safe) {
      records = records.filter((record) => record.safe.number <= safe.number)
    },
    clear() {
      records = []
    },
  }
}
