import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('./testing/full-disk.ts', import.meta.url))
const isRoot = process.getuid?.() === 0
const canMount =
  isRoot && spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0
const nobody = 65_534

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-full-disk-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

interface Place {
  /** Puts a small disk on $1, which only this process sees and which ends with it. */
  readonly mount?: string
  readonly uid?: number
}

/** What the program says of itself; fails when it crashed. */
function run(when: 'before' | 'during' | 'never', { mount, uid }: Place): unknown {
  const engine = [process.execPath, program, join(root, 'data'), join(root, 'filler'), when]
  const onDisk = ['unshare', '-m', 'sh', '-c', `${mount} && shift && exec "$@"`, 'sh', root, ...engine]
  const [command = '', ...args] = mount === undefined ? engine : onDisk
  const user = uid === undefined ? {} : { uid, gid: uid }
  const { stdout, stderr, signal } = spawnSync(command, args, { encoding: 'utf8', ...user })
  expect(signal).toBeNull()
  if (stdout === '') throw new Error(`expected an answer of the program, found none: ${stderr}`)
  return JSON.parse(stdout)
}

const tmpfs = 'mount -t tmpfs -o size=24m tmpfs "$1"'
/** It gives out blocks when they go to the disk, as on most machines. */
const ext4 =
  'truncate -s 32m "$1.img" && mkfs.ext4 -q -m 0 "$1.img" && mount -o loop "$1.img" "$1" && rm "$1.img"'

describe.skipIf(!canMount)('an engine whose disk is full', () => {
  it.each([
    ['before it starts', 'before', tmpfs],
    ['while it runs', 'during', tmpfs],
    ['while it runs, on ext4', 'during', ext4],
  ] as const)('%s says so, loses nothing, and goes on when there is room', (_, when, mount) => {
    expect(run(when, { mount })).toEqual({
      error: expect.stringContaining(`the disk of ${join(root, 'data')} is full: make room there`),
      opened: true,
      hold: when === 'during' ? true : null,
      reopened: true,
    })
  })
})

describe.skipIf(!isRoot)('an engine of an ordinary user', () => {
  it.each(['a datadir that others own', 'a datadir below a directory that others own'])(
    'says that it cannot write: %s',
    (place) => {
      chmodSync(root, 0o755)
      if (place === 'a datadir that others own') mkdirSync(join(root, 'data'))
      expect(run('never', { uid: nobody })).toEqual({
        error: expect.stringMatching(/^--datadir .*\/data: .*(EACCES|permission denied)/),
        opened: false,
        hold: null,
        reopened: null,
      })
    },
  )
})
