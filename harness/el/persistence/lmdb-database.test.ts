import { mkdtempSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { openLmdb } from './lmdb-database.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-lmdb-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(root, 'one-'))
  file = join(directory, 'data.mdb')
})

const key = Buffer.from('key')

async function fill(bytes: number): Promise<void> {
  const database = openLmdb(directory)
  database.write(() => database.tables.about.put(key, new Uint8Array(bytes).fill(7)))
  await database.close()
}

async function valueLength(): Promise<number | undefined> {
  const database = openLmdb(directory)
  const value = database.tables.about.get(key)
  await database.close()
  return value?.length
}

describe('what LMDB would end the process over', () => {
  it.each([20, 20_000])('%i bytes of something else are refused', (length) => {
    writeFileSync(file, Buffer.alloc(length, 0x5a))
    expect(() => openLmdb(directory)).toThrow(`${file} is not an LMDB file`)
  })

  it('a file that lost most of its pages is refused', async () => {
    await fill(3_000_000)
    truncateSync(file, 8192)
    expect(() => openLmdb(directory)).toThrow(/is cut off: it should have \d{7} bytes and has 8192/)
  })

  it('a file without its second meta page is refused', async () => {
    await fill(10)
    const bytes = readFileSync(file)
    writeFileSync(file, bytes.fill(0, 4096, 8192))
    expect(() => openLmdb(directory)).toThrow('its second page is not a meta page')
  })

  it('a file that was only begun is begun again', async () => {
    await fill(10)
    truncateSync(file, 4096)
    expect(await valueLength()).toBeUndefined()
    await fill(10)
    expect(await valueLength()).toBe(10)
  })

  it('free pages that were never written at the end are allowed', async () => {
    await fill(500_000)
    const database = openLmdb(directory)
    database.write(() => database.tables.about.remove(key))
    await database.close()
    const { size } = statSync(file)
    truncateSync(file, size - 4096)
    await fill(10)
    expect(await valueLength()).toBe(10)
  })
})

it('hands out values that later reads do not change', async () => {
  const database = openLmdb(directory)
  const { about } = database.tables
  const other = Buffer.from('other')
  database.write(() => {
    about.put(key, Uint8Array.of(1, 2, 3))
    about.put(other, Uint8Array.of(4, 5, 6))
  })
  const first = about.get(key)
  expect(about.get(other)).toEqual(Uint8Array.of(4, 5, 6))
  database.write(() => about.put(key, Uint8Array.of(9, 9, 9)))
  expect(first).toEqual(Uint8Array.of(1, 2, 3))
  await database.close()
  expect(() => about.get(key)).toThrow('the datadir is closed')
  expect(() => database.write(() => {})).toThrow('the datadir is closed')
})
