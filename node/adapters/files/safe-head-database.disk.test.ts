import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

/*
 * Disks and users as they are. A store in trouble may take its process with it, so each is opened in one of its own.
 */

const program = `
const { openSafeHeadDatabase } = await import(${JSON.stringify(new URL('./safe-head-database.ts', import.meta.url).href)})
const { statfsSync, rmSync, writeFileSync } = await import('node:fs')
const [directory, filler, given] = process.argv.slice(1)
const hash = (byte) => '0x' + byte.repeat(32)
const chain = { l1ChainId: 900n, l2ChainId: 901n, l1GenesisHash: hash('11'), l2GenesisHash: hash('22') }
const write = (store, from, count) => store.replaceFrom(BigInt(from), { l1: { number: BigInt(from), hash: hash('a1') }, l2: { number: BigInt(from), hash: hash('b2') }, gapAfter: false })
const told = { error: null, name: null, before: 0, after: null }
if (given) writeFileSync(filler, Buffer.alloc(Number(given)))
try {
  const store = openSafeHeadDatabase(directory, chain)
  try {
    for (let number = 1; number <= (filler ? 3_000 : 1); number++) {
      await write(store, number)
      told.before = number
      // The others on this disk take what is left.
      if (number === 100 && filler && !given) try { for (let bytes = 65536; bytes >= 4096; bytes /= 2) for (;;) writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' }) } catch {}
    }
  } catch (error) { told.error = error.message; told.name = error.name }
  if (filler && !given) {
    rmSync(filler, { force: true })
    await write(store, told.before + 1)
  }
  told.after = Number(store.atOrBelow(10_000n)?.l2.number ?? -1n)
  await store.close()
} catch (error) { told.error = error.message; told.name = error.name }
console.log(JSON.stringify(told))
`

interface Told {
  readonly error: string | null
  readonly name: string | null
  readonly before: number
  readonly after: number | null
}

/** A small disk on the directory, which only this process sees and which ends with it. */
const withDisk = (bytes: number, path: string, command: readonly string[]) => [
  'unshare',
  '-m',
  'sh',
  '-c',
  'mount -t tmpfs -o size=$1 tmpfs "$2" && shift 2 && exec "$@"',
  'sh',
  `${bytes}`,
  path,
  ...command,
]

/** What the program says of itself; fails when it crashed. */
function run(
  args: readonly string[],
  place: { readonly uid?: number; readonly diskBytes?: number } = {},
): Told {
  const { uid, diskBytes } = place
  const node = [process.execPath, '--input-type=module', '-e', program, ...args]
  const [command = '', ...rest] = diskBytes === undefined ? node : withDisk(diskBytes, root, node)
  const { stdout, stderr, signal } = spawnSync(command, rest, {
    encoding: 'utf8',
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  expect(signal).toBeNull()
  if (stdout === '') throw new Error(`expected an answer of the program, found none: ${stderr}`)
  return JSON.parse(stdout) as Told
}

const isRoot = process.getuid?.() === 0
const nobody = 65_534
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-safedb-disk-'))
  chmodSync(root, 0o755)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const canMount =
  isRoot && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0

describe.skipIf(!canMount)('a safe head database on a full disk', () => {
  it('says so, keeps what it has, and goes on when there is room', () => {
    const directory = join(root, 'safedb')
    const told = run([directory, join(root, 'filler')], { diskBytes: 2 * 1024 * 1024 })
    expect(told).toMatchObject({
      name: 'DiskError',
      error: `the disk of ${directory} is full: make room there, and it goes on`,
    })
    expect(told.before).toBeGreaterThanOrEqual(100)
    expect(told.after).toBe(told.before + 1)
  })

  it.each([0, 4_096])('that has %i bytes left says so when it is made', (left) => {
    const directory = join(root, 'safedb')
    const given = `${1024 * 1024 - left}`
    const told = run([directory, join(root, 'filler'), given], { diskBytes: 1024 * 1024 })
    expect(told.error).toMatch(/disk .* is full/)
    expect(told.error).toContain(directory)
  })
})

describe.skipIf(!isRoot)('a safe head database of an ordinary user', () => {
  it.each(['a directory that others own', 'a directory below one that others own', 'files that others own'])(
    'says which place it cannot write: %s',
    (place) => {
      const directory = join(root, 'safedb')
      if (place !== 'a directory below one that others own') mkdirSync(directory)
      if (place === 'files that others own') {
        run([directory])
        chmodSync(directory, 0o777)
      }
      const told = run([directory], { uid: nobody })
      expect(told.name).toBe('ConfigError')
      expect(told.error).toContain(directory)
      expect(told.error).toMatch(/permission denied|EACCES/i)
    },
  )
})
