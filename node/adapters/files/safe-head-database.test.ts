import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { open } from 'lmdb'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ConfigError } from '../../config/config-error.ts'
import type { SafeHeadEntry } from '../../ports/safe-head-store.ts'
import type { BlockId } from '../../protocol/refs.ts'
import { createMemorySafeHeadStore } from '../../safe-heads/memory-store.ts'
import { checkStore } from './check-store.ts'
import { sealValue } from './checked-value.ts'
import { decodeSafeHead, encodeSafeHeadKey, encodeSafeHeadValue } from './safe-head-codec.ts'
import { openSafeHeadDatabase } from './safe-head-database.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-safedb-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(root, 'one-'))
})

const binary = { encoding: 'binary', keyEncoding: 'binary' } as const
const hash = (byte: string) => `0x${byte.repeat(32)}` as const
const chain = {
  l1ChainId: 900n,
  l2ChainId: 901n,
  l1GenesisHash: hash('11'),
  l2GenesisHash: hash('22'),
}
const entry = (l1: bigint, l2: bigint, gapAfter = false): SafeHeadEntry => ({
  l1: { number: l1, hash: hash('a1') },
  l2: { number: l2, hash: hash('b2') },
  gapAfter,
})

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const blockId: fc.Arbitrary<BlockId> = fc
  .tuple(uint64, fc.uint8Array({ minLength: 32, maxLength: 32 }))
  .map(([number, bytes]) => ({ number, hash: `0x${Buffer.from(bytes).toString('hex')}` }))

describe('an entry as bytes', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.record({ l1: blockId, l2: blockId, gapAfter: fc.boolean() }), (written) => {
        expect(decodeSafeHead(encodeSafeHeadKey(written.l1.number), encodeSafeHeadValue(written))).toEqual(
          written,
        )
      }),
    )
  })

  it('has a key in the order of the L1 numbers', () => {
    fc.assert(
      fc.property(uint64, uint64, (a, b) => {
        expect(Buffer.compare(encodeSafeHeadKey(a), encodeSafeHeadKey(b))).toBe(a < b ? -1 : a > b ? 1 : 0)
      }),
    )
  })

  it('of another length, or with another flag, is refused', () => {
    const [key, value] = [encodeSafeHeadKey(1n), encodeSafeHeadValue(entry(1n, 2n))]
    expect(() => decodeSafeHead(key, value.subarray(0, 72))).toThrow('damaged entry')
    expect(() => decodeSafeHead(key.subarray(1), value)).toThrow('damaged entry')
    expect(() => decodeSafeHead(key, Buffer.concat([value.subarray(0, 72), Buffer.of(2)]))).toThrow(
      'damaged entry',
    )
  })
})

describe('the safe-head database', () => {
  it('holds what a store in memory holds, also after it was closed and opened', async () => {
    const operation = fc.record({
      from: fc.bigInt({ min: 0n, max: 20n }),
      l2: fc.option(uint64),
      reopen: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(operation, { maxLength: 12 }), async (operations) => {
        const path = mkdtempSync(join(root, 'random-'))
        const memory = createMemorySafeHeadStore()
        let database = openSafeHeadDatabase(path, chain)
        for (const { from, l2, reopen } of operations) {
          const next = l2 === null ? null : entry(from, l2, l2 % 2n === 0n)
          await Promise.all([memory, database].map((store) => store.replaceFrom(from, next)))
          if (reopen) {
            await database.close()
            database = openSafeHeadDatabase(path, chain)
          }
          for (let number = 0n; number <= 21n; number++) {
            expect(database.atOrBelow(number)).toEqual(memory.atOrBelow(number))
            expect(database.atOrAbove(number)).toEqual(memory.atOrAbove(number))
          }
        }
        await database.close()
      }),
      { numRuns: 5 },
    )
  })

  it('forgets very much in steps, newest first', async () => {
    const environment = open({ path: directory, noSubdir: false, maxDbs: 2, overlappingSync: false })
    const table = environment.openDB<Buffer, Buffer>('safeHeads', binary)
    await table.batch(() => {
      for (let number = 1n; number <= 3_500n; number++)
        void table.put(
          encodeSafeHeadKey(number),
          sealValue(encodeSafeHeadKey(number), encodeSafeHeadValue(entry(number, number))),
        )
    })
    await environment.close()
    const database = openSafeHeadDatabase(directory, chain)
    const replaced = database.replaceFrom(500n, entry(500n, 7n))
    while (database.atOrBelow(4_000n)?.l1.number === 3_500n) await new Promise(setImmediate)
    // Neither all gone at once, nor anything but the newest.
    expect(database.atOrBelow(4_000n)).toEqual(entry(2_500n, 2_500n))
    await replaced
    expect(database.atOrBelow(4_000n)).toEqual(entry(500n, 7n))
    expect(database.atOrBelow(499n)).toEqual(entry(499n, 499n))
    await database.close()
  })

  it('belongs to one process at a time', async () => {
    const first = openSafeHeadDatabase(directory, chain)
    expect(() => openSafeHeadDatabase(directory, chain)).toThrow(
      `--safedb.path ${directory}: expected it to be free, found it in use by another node`,
    )
    await first.close()
    await openSafeHeadDatabase(directory, chain).close()
  })

  it('belongs to one chain', async () => {
    await openSafeHeadDatabase(directory, chain).close()
    const other = { ...chain, l2ChainId: 10n, l2GenesisHash: hash('33') }
    expect(() => openSafeHeadDatabase(directory, other)).toThrow(
      new ConfigError(
        `--safedb.path ${directory}: expected the safe heads of this chain, found those of another (L2 chain id: expected 10, found 901; L2 genesis hash: expected ${hash('33')}, found ${hash('22')}); give the rollup config that it was made with, or name another directory`,
      ),
    )
    // Neither the refusal nor the lock stays.
    await openSafeHeadDatabase(directory, chain).close()
  })

  it.each<[string, (file: string) => void, RegExp]>([
    ['is something else', (file) => writeFileSync(file, Buffer.alloc(20_000, 0x5a)), /is not an LMDB file/],
    [
      'lost its second page',
      (file) => writeFileSync(file, readFileSync(file).fill(0, 4096, 8192)),
      /is damaged: its second page is not a meta page/,
    ],
  ])('refuses a file that %s', async (_, damage, message) => {
    const database = openSafeHeadDatabase(directory, chain)
    await database.replaceFrom(1n, entry(1n, 2n))
    await database.close()
    damage(join(directory, 'data.mdb'))
    expect(() => openSafeHeadDatabase(directory, chain)).toThrow(ConfigError)
    expect(() => openSafeHeadDatabase(directory, chain)).toThrow(message)
  })

  it('begins again what was only begun', async () => {
    await openSafeHeadDatabase(directory, chain).close()
    truncateSync(join(directory, 'data.mdb'), 4096)
    const database = openSafeHeadDatabase(directory, chain)
    expect(database.atOrBelow(100n)).toBeNull()
    await database.close()
  })

  it('refuses what another version wrote', async () => {
    const environment = open({ path: directory, noSubdir: false, maxDbs: 2, overlappingSync: false })
    environment.openDB('about', binary).putSync(Buffer.from('about'), Buffer.from('{"schema":2}'))
    await environment.close()
    expect(() => openSafeHeadDatabase(directory, chain)).toThrow(/expected a directory with a safe head/)
  })

  it('serves nothing of an entry that a disk damaged', async () => {
    const written = openSafeHeadDatabase(directory, chain)
    await written.replaceFrom(3n, entry(3n, 7n))
    await written.close()
    expect(await checkStore(directory, '--safedb.path')).toBe('whole')
    const path = join(directory, 'data.mdb')
    const bytes = readFileSync(path)
    // One bit of the L2 hash, wherever LMDB has put the entry: also in the copies that it has let go of.
    for (
      let at = bytes.indexOf('b2b2b2b2', 0, 'hex');
      at >= 0;
      at = bytes.indexOf('b2b2b2b2', at + 32, 'hex')
    )
      bytes[at]! ^= 1
    writeFileSync(path, bytes)
    await expect(checkStore(directory, '--safedb.path')).rejects.toThrow(
      /^--safedb.path .*: expected a whole store, found it damaged \(the record 0000000000000003 of safeHeads is not/,
    )
    const database = openSafeHeadDatabase(directory, chain)
    expect(() => database.atOrBelow(5n)).toThrow(/is damaged: the record 0000000000000003 of safeHeads/)
    await database.close()
  })

  it('refuses a file where the directory should be', () => {
    const file = join(directory, 'file')
    writeFileSync(file, '')
    expect(() => openSafeHeadDatabase(file, chain)).toThrow(ConfigError)
  })
})
