import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { describeExit, type StartProcessOptions, startProcess } from './process.ts'
import { identifyProcess, isRunning, type ProcessIdentity, signalGroup } from './process-identity.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-process-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const spawned: ProcessIdentity[] = []
const start = (script: string, more: Partial<StartProcessOptions> = {}) =>
  startProcess({
    name: 'child',
    command: process.execPath,
    args: ['-e', script],
    env: {},
    cwd: directory,
    logPath: join(directory, 'child.log'),
    onSpawn: (identity) => spawned.push(identity),
    ...more,
  })

/** Resolves when the child has written that line. */
async function logged(line: string): Promise<void> {
  const path = join(directory, 'child.log')
  while (!existsSync(path) || !readFileSync(path, 'utf8').includes(line))
    await new Promise((resolve) => setImmediate(resolve))
}

describe('startProcess', () => {
  it('logs to the file, tells how the program ended, and knows its last lines', async () => {
    const child = await start(`for (let i = 0; i < 30; i++) console.error('line ' + i); process.exit(3)`)
    const exit = await child.exited
    expect(exit).toEqual({ exitCode: 3, signal: null, wanted: false })
    expect(describeExit(exit)).toBe('exit code 3')
    expect(child.tail(2)).toEqual(['line 28', 'line 29'])
  })

  it('leaves no program that its runner could not take note of', async () => {
    const seen: ProcessIdentity[] = []
    const starting = start('setInterval(() => {}, 1e6)', {
      onSpawn(identity) {
        seen.push(identity)
        throw new Error('the disk is full')
      },
    })
    await expect(starting).rejects.toThrow('the disk is full')
    expect(seen.map((identity) => isRunning(identity))).toEqual([false])
  })

  it('stops with SIGTERM when the program listens to it', async () => {
    const child = await start(
      `process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1e6); console.log('up')`,
    )
    await logged('up')
    expect(await child.stop()).toEqual({ exitCode: 0, signal: null, wanted: true })
  })

  it('kills the whole group of a program that does not listen', async () => {
    const child = await start(
      `process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)
       const grandchild = require('node:child_process').spawn('sleep', ['600'])
       console.log('grandchild ' + grandchild.pid + '.')`,
      { stopMs: 50 },
    )
    await logged('.')
    const pid = Number(/grandchild (\d+)\./.exec(child.tail(1).join())?.[1])
    const grandchild = identifyProcess(pid)
    expect(grandchild).not.toBeNull()
    const exit = await child.stop()
    expect(exit).toEqual({ exitCode: null, signal: 'SIGKILL', wanted: true })
    expect(isRunning(spawned.at(-1) as ProcessIdentity)).toBe(false)
    expect(isRunning(grandchild as ProcessIdentity)).toBe(false)
  })

  it('says why a program cannot be started', async () => {
    await expect(start('', { command: '/no/such/program' })).rejects.toThrow(
      /child: cannot start \/no\/such\/program: .*ENOENT/,
    )
  })
})

describe('signalGroup', () => {
  it('never touches a process that has the pid but another start time', async () => {
    const child = await start(`setInterval(() => {}, 1e6); console.log('up')`)
    await logged('up')
    signalGroup({ pid: child.pid, startTime: '1' }, 'SIGKILL')
    expect(identifyProcess(child.pid)).not.toBeNull()
    expect((await child.kill()).signal).toBe('SIGKILL')
  })
})
