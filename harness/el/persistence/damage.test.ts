import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Hash } from 'viem'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { checkStore } from '../../../node/adapters/files/check-store.ts'
import { DiskError } from '../../../node/adapters/files/disk-error.ts'
import { seededRandom } from '../../seeded-random.ts'
import {
  buildBlock,
  createTestChain,
  headOnly,
  startTestEl,
  type TestChain,
  testAttributes,
} from '../testing/test-el.ts'
import type { Database } from './database.ts'
import { openLmdb } from './lmdb-database.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-damage-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let chain: TestChain
let datadir: string
let head: Hash

beforeAll(async () => {
  chain = await createTestChain()
  datadir = join(root, 'whole')
  const el = await startTestEl(chain, { datadir })
  head = el.chain.head.hash
  for (let number = 1n; number <= 6n; number++) {
    head = (await buildBlock(el, head, testAttributes(chain, number, { noTxPool: true }))).payload.blockHash
    await el.engine.forkchoiceUpdated(headOnly(head, head, head))
  }
  await el.close()
})

/** A copy of the datadir with those bytes of its file inverted. */
function damagedCopy(name: string, offsets: readonly number[]): string {
  const directory = join(root, name)
  mkdirSync(directory)
  const bytes = readFileSync(join(datadir, 'data.mdb'))
  for (const offset of offsets) bytes[offset]! ^= 0xff
  writeFileSync(join(directory, 'data.mdb'), bytes)
  return directory
}

describe('a datadir that a disk damaged', () => {
  it('is refused with a sentence, or what was damaged is nowhere used', { timeout: 120_000 }, async () => {
    const { length } = readFileSync(join(datadir, 'data.mdb'))
    const random = seededRandom(10)
    let refused = 0
    for (let run = 0; run < 24; run++) {
      // A run of bytes, as of a bad sector, after the two meta pages: those are looked at before.
      const from = 8192 + Math.floor(random() * (length - 8192 - 64))
      const directory = damagedCopy(
        `run-${run}`,
        Array.from({ length: 64 }, (_, index) => from + index),
      )
      let condition: unknown
      try {
        condition = await checkStore(directory, '--datadir')
      } catch (error) {
        condition = String(error)
      }
      if (condition === 'whole') {
        const el = await startTestEl(chain, { datadir: directory })
        expect(el.chain.head.hash).toBe(head)
        await el.close()
        continue
      }
      refused++
      expect(condition).toMatch(
        /^ConfigError: --datadir .*: expected a whole store, found it damaged \(.+\), or written by an older lockstep; start with an empty directory and sync$/,
      )
      await expect(startTestEl(chain, { datadir: directory })).rejects.toThrow('found it damaged')
    }
    expect(refused).toBeGreaterThan(4)
  })

  it('says that its file is gone or empty', async () => {
    const directory = join(root, 'emptied')
    mkdirSync(directory)
    expect(await checkStore(directory, '--datadir')).toBe('new')
    copyFileSync(join(datadir, 'LOCK'), join(directory, 'LOCK'))
    expect(await checkStore(directory, '--datadir')).toBe('emptied')
    writeFileSync(join(directory, 'data.mdb'), '')
    expect(await checkStore(directory, '--datadir')).toBe('emptied')
  })
})

/** Why there can be no small disk here; null when there can. */
function noSmallDisk(): string | null {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return 'mounting a small disk needs root on Linux'
  const probe = mkdtempSync(join(tmpdir(), 'lockstep-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', probe], { stdio: 'ignore' })
    execFileSync('umount', [probe], { stdio: 'ignore' })
    return null
  } catch {
    return 'mounting is not allowed here'
  } finally {
    rmSync(probe, { recursive: true })
  }
}

const why = noSmallDisk()
describe.skipIf(why !== null)(`a full disk${why === null ? '' : ` (skipped: ${why})`}`, () => {
  const disk = join(root, 'disk')
  let database: Database | null = null
  afterEach(async () => {
    await database?.close()
    execFileSync('umount', [disk])
  })

  it('is called one, with its path, and takes writes again when there is room', async () => {
    mkdirSync(disk)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk])
    database = openLmdb(disk)
    const { about } = database.tables
    const opened = database
    const put = (key: string, bytes: number) =>
      opened.write(() => about.put(Buffer.from(key), new Uint8Array(bytes)))
    put('first', 1_000)
    const filler = join(disk, 'filler')
    writeFileSync(filler, new Uint8Array(300_000))
    const fill = () => {
      for (let index = 0; index < 100; index++) put(`more ${index}`, 50_000)
    }
    expect(fill).toThrow(DiskError)
    expect(fill).toThrow(`the disk of ${disk} is full: make room there, and it goes on`)
    expect(about.get(Buffer.from('first'))).toHaveLength(1_000)
    rmSync(filler)
    put('last', 10)
    expect(about.get(Buffer.from('last'))).toHaveLength(10)
  })
})
