import { accessSync, constants, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Database, open } from 'lmdb'
import { z } from 'zod'
import { errorText } from '../../concurrency/error-text.ts'
import { ConfigError } from '../../config/config-error.ts'
import { identityDifference } from '../../follow/identity.ts'
import type { ChainIdentity } from '../../ports/follow-source.ts'
import type { SafeHeadEntry, SafeHeadStore } from '../../ports/safe-head-store.ts'
import { hashSchema } from '../../protocol/json-schema.ts'
import { DamagedStoreError, openValue, sealValue } from './checked-value.ts'
import { lockDirectory } from './directory-lock.ts'
import { commitFailure, DiskError, diskError, requireRoom } from './disk-error.ts'
import { checkLmdbFile } from './lmdb-file.ts'
import { decodeSafeHead, encodeSafeHeadKey, encodeSafeHeadValue } from './safe-head-codec.ts'

/** A safe-head store on disk. It is closed when nobody reads or writes any more. */
export interface SafeHeadDatabase extends SafeHeadStore {
  close(): Promise<void>
}

type Table = Database<Buffer, Buffer>

const flag = '--safedb.path'
const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
const schemaVersion = 2
/** After that many removals the other actors have their turn: some milliseconds. */
const removedAtOnce = 1_000
const aboutKey = Buffer.from('about')
const decimal = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform(BigInt)
const aboutSchema = z.object({
  schema: z.literal(schemaVersion),
  l1ChainId: decimal,
  l2ChainId: decimal,
  l1GenesisHash: hashSchema,
  l2GenesisHash: hashSchema,
})

/**
 * Opens the safe-head database in a directory, or makes one, for this process and this chain alone. It grows by some
 * 100 bytes for every L1 block that moved the safe head, and never shrinks: on Ethereum at most 300 MB a year.
 *
 * A write is flushed to the disk before it resolves, on a thread of lmdb's, so it costs the event loop nothing and a
 * power cut loses no more than SIGKILL does.
 * @throws ConfigError with one sentence when the directory cannot be used.
 */
export function openSafeHeadDatabase(directory: string, chain: ChainIdentity): SafeHeadDatabase {
  using opening = new DisposableStack()
  try {
    mkdirSync(directory, { recursive: true })
    requireRoom(directory)
    accessSync(directory, constants.R_OK | constants.W_OK)
    const lock = opening.use(lockDirectory(directory, flag, 'another node'))
    checkLmdbFile(join(directory, 'data.mdb'))
    const environment = open({
      path: directory,
      noSubdir: false,
      maxDbs: 2,
      overlappingSync: false,
      // With it, lmdb makes writes of its own, for whose failure nobody can wait.
      eventTurnBatching: false,
      ...binary,
    })
    opening.defer(() => void environment.close())
    claim(environment.openDB<Buffer, Buffer>('about', binary), directory, chain)
    const store = storeOn(environment.openDB<Buffer, Buffer>('safeHeads', binary), directory)
    opening.move()
    return {
      ...store,
      async close() {
        await environment.close()
        lock[Symbol.dispose]()
      },
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const told = diskError(directory, error)
    if (told instanceof DiskError) throw new ConfigError(`${flag}: ${told.message}`, { cause: error })
    throw new ConfigError(
      `${flag} ${directory}: expected a directory with a safe head database, or none, found: ${errorText(error)}; name another directory`,
      { cause: error },
    )
  }
}

/** Makes a new database this chain's, and checks that another one is. */
function claim(table: Table, directory: string, chain: ChainIdentity): void {
  const found = table.get(aboutKey)
  if (found === undefined) {
    const { l1ChainId, l2ChainId, l1GenesisHash, l2GenesisHash } = chain
    const ids = { l1ChainId: `${l1ChainId}`, l2ChainId: `${l2ChainId}` }
    const json = { schema: schemaVersion, ...ids, l1GenesisHash, l2GenesisHash }
    table.putSync(aboutKey, sealValue(aboutKey, Buffer.from(JSON.stringify(json))))
    return
  }
  const about = openValue(aboutKey, found)
  if (about === null) throw new DamagedStoreError(directory, 'about', aboutKey)
  const difference = identityDifference(chain, aboutSchema.parse(JSON.parse(about.toString())))
  if (difference !== null)
    throw new ConfigError(
      `${flag} ${directory}: expected the safe heads of this chain, found those of another (${difference}); give the rollup config that it was made with, or name another directory`,
    )
}

function storeOn(table: Table, directory: string): SafeHeadStore {
  const first = (l1Number: bigint, reverse: boolean): SafeHeadEntry | null => {
    for (const { key, value } of table.getRange({ start: encodeSafeHeadKey(l1Number), reverse, limit: 1 })) {
      const opened = openValue(key, value)
      if (opened === null) throw new DamagedStoreError(directory, 'safeHeads', key)
      return decodeSafeHead(key, opened)
    }
    return null
  }
  return {
    atOrBelow: (l1Number) => first(l1Number, true),
    atOrAbove: (l1Number) => first(l1Number, false),
    async replaceFrom(l1Number, entry) {
      // Downwards, to the first that stays.
      const end = l1Number === 0n ? {} : { end: encodeSafeHeadKey(l1Number - 1n) }
      for (let more = true; more; ) {
        const removed = [...table.getKeys({ ...end, reverse: true, limit: removedAtOnce })]
        more = removed.length === removedAtOnce
        const written = table.batch(() => {
          for (const key of removed) table.remove(key)
          if (entry === null || more) return
          const key = encodeSafeHeadKey(entry.l1.number)
          table.put(key, sealValue(key, encodeSafeHeadValue(entry)))
        })
        await written.catch(async (error: unknown) => {
          throw diskError(directory, await commitFailure(error))
        })
      }
    },
  }
}
