import { mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { SpillFile } from './spill-file.ts'

let root: string
let warnings: unknown[][]
const logger = { warn: (...told: unknown[]) => void warnings.push(told) }
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-spill-'))
  warnings = []
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const bytes = (length: number, of: number) => new Uint8Array(length).fill(of)
/** Those of this process that have no name any more. */
const unnamedFiles = () =>
  readdirSync('/proc/self/fd').filter((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`)
      return target.startsWith(root) && target.endsWith('(deleted)')
    } catch {
      // The one that the folder itself was read by.
      return false
    }
  })

it('keeps bytes in a file that no directory names', () => {
  using spill = new SpillFile(logger, root)
  expect(unnamedFiles()).toEqual([])
  const stored = [spill.put(bytes(1_000, 1)), spill.put(bytes(500, 2)), spill.put(bytes(2_000, 3))]
  expect(unnamedFiles()).toHaveLength(1)
  expect(readdirSync(root)).toEqual([])
  expect(stored.map((one, index) => one.read(0, [1_000, 500, 2_000][index]!))).toEqual([
    bytes(1_000, 1),
    bytes(500, 2),
    bytes(2_000, 3),
  ])
  expect(stored[0]?.read(990, 1_000)).toEqual(bytes(10, 1))
  expect(warnings).toEqual([])
})

it('keeps in memory what the disk does not take, says so once, and tries again', () => {
  const directory = join(root, 'missing')
  using spill = new SpillFile(logger, directory)
  const stored = [spill.put(bytes(3, 1)), spill.put(bytes(3, 2))]
  expect(warnings).toEqual([
    [expect.stringContaining('they stay in memory'), { directory, error: expect.stringContaining('ENOENT') }],
  ])
  mkdirSync(directory)
  stored.push(spill.put(bytes(3, 3)))
  expect(unnamedFiles()).toHaveLength(1)
  expect(stored.map((one) => one.read(1, 3))).toEqual([bytes(2, 1), bytes(2, 2), bytes(2, 3)])
})

it('reads nothing of another file once it is closed', () => {
  const spill = new SpillFile(logger, root)
  const stored = spill.put(bytes(3, 1))
  spill[Symbol.dispose]()
  spill[Symbol.dispose]()
  expect(unnamedFiles()).toEqual([])
  expect(() => stored.read(0, 3)).toThrow('the engine has stopped')
})
