import { join } from 'node:path'
import { type Database as LmdbTable, open, type TransactionFlags } from 'lmdb'
import { DamagedStoreError, openValue, sealValue } from '../../../node/adapters/files/checked-value.ts'
import { diskError } from '../../../node/adapters/files/disk-error.ts'
import { checkLmdbFile } from '../../../node/adapters/files/lmdb-file.ts'
import { type Database, type Participant, type Table, type TableName, tableNames } from './database.ts'

/** Of lmdb's flags: the transaction can be aborted, and its commit is complete when the call returns. */
const abortableAndSynchronous = 3 as TransactionFlags

/**
 * Opens the LMDB environment in a directory, or makes one.
 *
 * Durability: a commit is flushed to the disk before it returns, which is LMDB's own, slower way. The engine has to
 * survive the end of its process, for which the page cache would do; but a store that a power cut can silently damage
 * is no store to keep a chain in, and a block or an update every second does not notice the difference.
 * @throws Error when the directory does not hold a readable environment; later, DamagedStoreError for a record that is not
 * what was written, and DiskError when the disk takes no more.
 */
export function openLmdb(directory: string): Database {
  checkLmdbFile(join(directory, 'data.mdb'))
  const environment = open({
    path: directory,
    // A directory with a dot in its name is a directory all the same.
    noSubdir: false,
    maxDbs: tableNames.length,
    overlappingSync: false,
    // With it, lmdb makes writes of its own, for whose failure nobody can wait.
    eventTurnBatching: false,
    encoding: 'binary',
    keyEncoding: 'binary',
  })
  let closed = false
  // What still executes when the engine stops must not read from a map that is gone.
  const expectOpen = (): void => {
    if (closed) throw new Error('the datadir is closed')
  }
  const openTable = (name: TableName): Table =>
    asTable(
      environment.openDB<Buffer, Buffer>(name, { encoding: 'binary', keyEncoding: 'binary' }),
      expectOpen,
      (key) => new DamagedStoreError(directory, name, key),
    )
  const tables = Object.fromEntries(tableNames.map((name) => [name, openTable(name)]))
  const participants: Participant[] = []
  return {
    tables: tables as Record<TableName, Table>,
    write(action) {
      expectOpen()
      try {
        environment.transactionSync(() => {
          action()
          for (const participant of participants) participant.finish()
        }, abortableAndSynchronous)
      } catch (error) {
        for (const participant of participants) participant.abandon()
        throw diskError(directory, error)
      }
    },
    join: (participant) => void participants.push(participant),
    close() {
      closed = true
      return environment.close()
    },
  }
}

function asTable(
  table: LmdbTable<Buffer, Buffer>,
  expectOpen: () => void,
  damaged: (key: Uint8Array) => Error,
): Table {
  return {
    get(key) {
      expectOpen()
      const sealed = table.get(asBuffer(key))
      if (sealed === undefined) return undefined
      const value = openValue(key, sealed)
      if (value === null) throw damaged(key)
      // A plain array: a Buffer's `slice` is a view, and callers keep what they slice.
      return asBytes(value)
    },
    has(key) {
      expectOpen()
      return table.doesExist(asBuffer(key))
    },
    put: (key, value) => void table.put(asBuffer(key), sealValue(key, value)),
    remove: (key) => void table.remove(asBuffer(key)),
    keysBelow: (end) => [...table.getKeys({ end: asBuffer(end) })].map(asBytes),
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
