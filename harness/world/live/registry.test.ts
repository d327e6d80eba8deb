import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  identifyProcess,
  isRunning,
  type ProcessIdentity,
  signalGroup,
} from '../../drivers/process-identity.ts'
import { registryFileName } from '../kept-runs.ts'
import { createRunDirectory } from '../run-directory.ts'
import { endOrphans, openRegistry } from './registry.ts'

let root: string
let started: ProcessIdentity[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-registry-'))
})
afterEach(() => {
  for (const identity of started) signalGroup(identity, 'SIGKILL')
  started = []
  rmSync(root, { recursive: true })
})

function sleeper(): ProcessIdentity {
  const child = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' })
  const identity = identifyProcess(child.pid as number) as ProcessIdentity
  started.push(identity)
  return identity
}

/** A registry as a runner that is dead by now left it. */
function leftBehind(runId: string, processes: readonly ProcessIdentity[], runner?: ProcessIdentity): string {
  const path = join(root, runId, registryFileName)
  mkdirSync(join(root, runId))
  writeFileSync(
    path,
    JSON.stringify({
      version: 1,
      runId,
      runner: runner ?? { pid: process.pid, startTime: '1' },
      processes: processes.map((identity) => ({ name: 'follower', ...identity })),
      ports: [],
    }),
  )
  return path
}

describe('endOrphans', () => {
  it('ends what a dead runner left, and forgets the run', async () => {
    const orphan = sleeper()
    const path = leftBehind('run-1', [orphan])
    expect(await endOrphans(root)).toEqual([{ ...orphan, name: 'follower', runId: 'run-1' }])
    expect(isRunning(orphan)).toBe(false)
    expect(existsSync(path)).toBe(false)
  })

  it('leaves the run of a living runner alone', async () => {
    const child = sleeper()
    const path = leftBehind('run-1', [child], identifyProcess(process.pid) as ProcessIdentity)
    expect(await endOrphans(root)).toEqual([])
    expect(isRunning(child)).toBe(true)
    expect(existsSync(path)).toBe(true)
  })

  it('never kills a process that got a recorded pid later', async () => {
    const innocent = sleeper()
    leftBehind('run-1', [{ pid: innocent.pid, startTime: '12345' }])
    expect(await endOrphans(root)).toEqual([])
    expect(isRunning(innocent)).toBe(true)
  })

  it('is content with no runs at all and with a file that is not a registry', async () => {
    expect(await endOrphans(join(root, 'none'))).toEqual([])
    mkdirSync(join(root, 'run-1'))
    writeFileSync(join(root, 'run-1', registryFileName), '{"half')
    expect(await endOrphans(root)).toEqual([])
  })
})

describe('openRegistry', () => {
  it('is on disk after each addition, kills on request, and goes away when closed', () => {
    const child = sleeper()
    const registry = openRegistry(root, 'run-1')
    registry.add('follower', child)
    registry.addPorts([1234])
    expect(JSON.parse(readFileSync(join(root, registryFileName), 'utf8'))).toMatchObject({
      runner: { pid: process.pid },
      processes: [{ name: 'follower', pid: child.pid }],
      ports: [1234],
    })
    registry.killAll()
    registry.close()
    expect(existsSync(join(root, registryFileName))).toBe(false)
  })
})

describe('run directories', () => {
  const create = (second: number, name = 'FollowL2 / reorg') =>
    createRunDirectory({ root, name, nowMs: second * 1000, suffix: 'ab12', invocation: 'one' })

  it('are named by time, name and suffix; secrets are private', () => {
    const run = create(0)
    expect(run.runId).toBe('19700101-000000-FollowL2-reorg-ab12')
    run.write('jwt.hex', 'secret', 'secret')
    expect(readFileSync(join(run.path, 'jwt.hex'), 'utf8')).toBe('secret')
    expect(() => run.write('jwt.hex', 'again')).toThrow('EEXIST')
    const record = () => JSON.parse(readFileSync(join(run.path, 'run.json'), 'utf8'))
    expect(record()).toEqual({ invocation: 'one', outcome: 'running' })
    run.finish('failed')
    expect(record()).toEqual({ invocation: 'one', outcome: 'failed' })
  })
})

it('says that the disk is full in one sentence with the path, knows what it was told all the same, and leaves no file', () => {
  const directory = join(root, 'full')
  mkdirSync(directory)
  const registry = openRegistry(directory, 'full')
  // Every write to it is answered with ENOSPC.
  symlinkSync('/dev/full', join(directory, `${registryFileName}.new`))
  const path = join(directory, registryFileName)
  const identity = sleeper()
  expect(() => registry.add('node', identity)).toThrow(
    `cannot write ${path}: the disk is full: make room there (ENOSPC)`,
  )
  registry.killAll()
  registry.close()
  expect(readdirSync(directory)).toEqual([])
})
