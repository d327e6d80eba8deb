import { accessSync, constants, mkdirSync } from 'node:fs'
import { lockDirectory } from '../../../node/adapters/files/directory-lock.ts'
import { DiskError, diskError, requireRoom } from '../../../node/adapters/files/disk-error.ts'
import { errorText } from '../../../node/concurrency/error-text.ts'
import { ConfigError } from '../../../node/config/config-error.ts'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import type { BlockRecords } from '../chain/block-records.ts'
import type { GcMode } from '../chain/retention.ts'
import { StagedState } from '../execution/state/staged-state.ts'
import type { ElConfig, ExecutedBlock, StateStore } from '../execution/types.ts'
import { decodeStoredHeader } from './block-codec.ts'
import type { Database } from './database.ts'
import { DatabaseBlockRecords, writeGenesis } from './database-block-records.ts'
import { databaseStateTables } from './database-state-tables.ts'
import { identityConflict, identityOf, readIdentity, schemaVersion, writeIdentity } from './identity.ts'
import { readLabels } from './labels.ts'
import { openLmdb } from './lmdb-database.ts'

/**
 * A chain on disk. A block is there with its receipts and its whole state or not at all, and so is a forkchoice: each
 * is one transaction, which has ended before the engine answers. So an engine that was killed starts again with the
 * last forkchoice that it acknowledged, or with one that it was about to acknowledge, and never has a block without
 * its state. States that nobody can need any more are dropped (`retention.ts`); the transaction pool is not here.
 */
export interface Datadir {
  /** Where execution reads and leaves states. */
  readonly state: StateStore
  /**
   * The blocks of the chain with that genesis; a new datadir gets it as its first block and head.
   * @throws ConfigError when the datadir holds another chain, or not what an engine left there.
   */
  records(genesis: ExecutedBlock, config: ElConfig, gcMode: GcMode): BlockRecords
  close(): Promise<void>
}

/**
 * Opens a datadir, or makes one, for this engine alone.
 * @param openDatabase for tests that damage what it opens.
 * @throws ConfigError with one sentence when it cannot be used.
 */
export function openDatadir(
  directory: string,
  openDatabase: (directory: string) => Database = openLmdb,
): Datadir {
  using opening = new DisposableStack()
  const { database, lock } = orConfigError(
    directory,
    'a directory with the store of an engine, or none',
    () => {
      mkdirSync(directory, { recursive: true })
      requireRoom(directory)
      accessSync(directory, constants.R_OK | constants.W_OK)
      const held = opening.use(lockDirectory(directory, '--datadir', 'another engine'))
      return { lock: held, database: openDatabase(directory) }
    },
  )
  opening.move()
  const state = new StagedState(databaseStateTables(database))
  return {
    state,
    records(genesis, config, gcMode) {
      return orConfigError(directory, 'the whole store of an engine', () => {
        initialise(directory, database, state, genesis, config)
        const records = new DatabaseBlockRecords(database, state, gcMode)
        checkLabels(records, state)
        return records
      })
    },
    async close() {
      await database.close()
      lock[Symbol.dispose]()
    },
  }
}

/** Makes a new store this chain's, and checks that another one is. */
function initialise(
  directory: string,
  database: Database,
  state: StagedState,
  genesis: ExecutedBlock,
  config: ElConfig,
): void {
  const expected = identityOf(genesis.hash, config)
  const found = readIdentity(database.tables)
  if (found === null) {
    database.write(() => {
      writeGenesis(database, state, genesis)
      writeIdentity(database.tables, expected)
    })
  } else {
    if (!('genesis' in found))
      throw new ConfigError(
        `--datadir ${directory}: expected a store of version ${schemaVersion}, found version ${found.schema}; use the lockstep that wrote it, or name another directory`,
      )
    const head = database.tables.blocks.get(hexToBytes(readLabels(database.tables).head))
    const headTimestamp = head === undefined ? 0n : decodeStoredHeader(head).timestamp
    const conflict = identityConflict(found, expected, headTimestamp)
    if (conflict !== null)
      throw new ConfigError(
        `--datadir ${directory}: ${conflict}; give the genesis file that it was made with, or name another directory`,
      )
    database.write(() => writeIdentity(database.tables, expected))
  }
  state.unstage(genesis.header.stateRoot)
}

/**
 * @throws Error when a label does not name a block with its state, or the head no canonical one: no engine leaves that
 * behind. The other two may stand beside the head's chain: see {@link BlockStore}.
 */
function checkLabels(records: BlockRecords, state: StateStore): void {
  const { head, safe, finalized } = records.labels
  for (const hash of [head, safe, finalized]) {
    if (hash === null) continue
    const block = records.byHash(hash)
    if (block === undefined || (hash === head && records.canonicalHash(block.header.number) !== hash))
      throw new Error(`block ${hash}, which a label names, is missing`)
    if (state.node(block.header.stateRoot) === undefined)
      throw new Error(`the state of block ${block.header.number} (${hash}) is missing`)
  }
}

function orConfigError<T>(directory: string, expected: string, action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const told = diskError(directory, error)
    if (told instanceof DiskError) throw new ConfigError(`--datadir: ${told.message}`, { cause: error })
    throw new ConfigError(
      `--datadir ${directory}: expected ${expected}, found: ${errorText(error)}; name another directory`,
      { cause: error },
    )
  }
}
