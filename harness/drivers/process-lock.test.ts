import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identifyProcess } from './process-identity.ts'
import { withProcessLock } from './process-lock.ts'

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-lock-'))
  path = join(directory, 'lock')
})
afterEach(() => rmSync(directory, { recursive: true }))

describe('a lock between processes', () => {
  it('lets one in at a time, and leaves no file', async () => {
    const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const order: string[] = []
    const run = (name: string, held: Promise<void>) =>
      withProcessLock(path, async () => {
        order.push(`${name} in`)
        await held
        order.push(`${name} out`)
      })
    const both = [run('a', first.promise), run('b', second.promise)]
    second.resolve()
    await new Promise(setImmediate)
    expect(order).toEqual(['a in'])
    first.resolve()
    await Promise.all(both)
    expect(order).toEqual(['a in', 'a out', 'b in', 'b out'])
    expect(existsSync(path)).toBe(false)
  })

  it('is free again when its holder is dead, or when the pid is somebody else’s now', async () => {
    const { pid, startTime } = identifyProcess(process.pid)!
    for (const holder of [
      { pid: 2 ** 22 + 1, startTime },
      { pid, startTime: `${startTime}0` },
    ]) {
      writeFileSync(path, JSON.stringify(holder))
      expect(await withProcessLock(path, async () => 'in')).toBe('in')
    }
  })

  it('is free again when the body fails', async () => {
    await expect(withProcessLock(path, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(existsSync(path)).toBe(false)
  })
})
