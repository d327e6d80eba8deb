import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('./testing/full-disk.ts', import.meta.url))
const canMount =
  process.getuid?.() === 0 &&
  spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()]).status === 0

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-full-disk-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Runs the program with a small disk that only it sees: what it says of itself. Fails when it crashed. */
function run(when: 'before' | 'during', mount: string): unknown {
  const script = `${mount} && shift && exec "$@"`
  const command = [process.execPath, program, join(root, 'data'), join(root, 'filler'), when]
  const { stdout, stderr, signal } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', script, 'sh', root, ...command],
    {
      encoding: 'utf8',
    },
  )
  expect(signal).toBeNull()
  if (stdout === '') throw new Error(`expected an answer of the program, found none: ${stderr}`)
  return JSON.parse(stdout)
}

const tmpfs = 'mount -t tmpfs -o size=24m tmpfs "$1"'
/** With blocks that are given out when they are written to the disk, as on most machines. */
const ext4 =
  'truncate -s 32m "$1.img" && mkfs.ext4 -q -m 0 "$1.img" && mount -o loop "$1.img" "$1" && rm "$1.img"'

describe.skipIf(!canMount)('an engine whose disk is full', () => {
  it.each([
    ['before it starts', 'before', tmpfs],
    ['while it runs', 'during', tmpfs],
    ['while it runs, on ext4', 'during', ext4],
  ] as const)(
    '%s says so, loses nothing, and goes on when there is room',
    { timeout: 120_000 },
    (_, when, mount) => {
      const told = run(when, mount)
      expect(told).toEqual({
        error: expect.stringContaining(`the disk of ${join(root, 'data')} is full: make room there`),
        opened: true,
        hold: when === 'during' ? true : null,
        reopened: true,
      })
    },
  )
})
