/** Bytes that were put away. */
export interface Stored {
  /** Those from `start` up to `end`. @throws Error when they cannot be had back. */
  read(start: number, end: number): Uint8Array
}

/** Where bytes lie that are seldom read. */
export interface ColdStorage {
  put(bytes: Uint8Array): Stored
}

/** Puts nothing away: for chains that are short, and worlds without files. */
export const coldInMemory: ColdStorage = {
  put(bytes) {
    // Of its own size: a slice of a pool would keep the whole pool.
    const kept = Uint8Array.from(bytes)
    return { read: (start, end) => kept.subarray(start, end) }
  },
}
