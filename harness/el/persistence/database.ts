/**
 * What a datadir is made of. `states` and `codes` are by content hash and never change; `references` counts the places of
 * the trie nodes that are in more than one; `retained` are the blocks that have their state, and `candidates` those that
 * are not finalized yet: number and hash, without a value.
 */
export const tableNames = [
  'about',
  'states',
  'references',
  'codes',
  'blocks',
  'canonical',
  'transactions',
  'candidates',
  'retained',
] as const

export type TableName = (typeof tableNames)[number]

/** Bytes by bytes, ordered by key. `put` and `remove` are called within {@link Database.write} only. */
export interface Table {
  get(key: Uint8Array): Uint8Array | undefined
  has(key: Uint8Array): boolean
  put(key: Uint8Array, value: Uint8Array): void
  remove(key: Uint8Array): void
  /** Keys below `end`, in order; read completely before the call returns. */
  keysBelow(end: Uint8Array): readonly Uint8Array[]
}

/** Who writes what it gathered in a transaction when that ends. */
export interface Participant {
  /** Within each transaction, when its action is through. */
  finish(): void
  /** Nothing of the transaction was committed. */
  abandon(): void
}

/** An ordered store with transactions, used by one process at a time. */
export interface Database {
  readonly tables: Readonly<Record<TableName, Table>>
  /**
   * Runs `action` and commits what it wrote, all of it or, when it throws, nothing. What was committed outlives the
   * process from then on, however the process ends.
   */
  write(action: () => void): void
  /** Has a part in every transaction from now on. */
  join(participant: Participant): void
  close(): Promise<void>
}
