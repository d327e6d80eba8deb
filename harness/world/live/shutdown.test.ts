import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isRunning, type ProcessIdentity, signalGroup } from '../../drivers/process-identity.ts'
import { registryFileName } from '../kept-runs.ts'
import { endOrphans } from './registry.ts'

const program = fileURLToPath(new URL('testing/fake-runner.ts', import.meta.url))
let root: string
let directory: string
let children: ProcessIdentity[] = []
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'lockstep-shutdown-'))
  directory = join(root, 'run-1')
  mkdirSync(directory)
})
afterEach(() => {
  for (const child of children) signalGroup(child, 'SIGKILL')
  children = []
  rmSync(root, { recursive: true })
})

/** Starts the runner and resolves when its two children run. */
async function startRunner(env: Record<string, string> = {}): Promise<ChildProcess> {
  const runner = spawn(process.execPath, [program, directory], {
    env: { ...process.env, ...env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await new Promise((resolve) => runner.stdout?.once('data', resolve))
  const registry = JSON.parse(readFileSync(join(directory, registryFileName), 'utf8')) as {
    processes: ProcessIdentity[]
  }
  children = registry.processes
  expect(children).toHaveLength(2)
  return runner
}
const ended = (runner: ChildProcess) =>
  new Promise<{ code: number | null; signal: string | null }>((resolve) =>
    runner.exitCode !== null || runner.signalCode !== null
      ? resolve({ code: runner.exitCode, signal: runner.signalCode })
      : runner.once('exit', (code, signal) => resolve({ code, signal })),
  )
/** A killed process is gone a moment after the kill. */
async function allGone(): Promise<boolean> {
  while (children.some(isRunning)) await new Promise((resolve) => setImmediate(resolve))
  return true
}
const registryLeft = () => existsSync(join(directory, registryFileName))

describe('a runner leaves nothing', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('after %s, and ends by it', async (signal) => {
    const runner = await startRunner()
    expect(children.every(isRunning)).toBe(true)
    runner.kill(signal)
    expect(await ended(runner)).toEqual({ code: null, signal })
    expect([children.some(isRunning), registryLeft()]).toEqual([false, false])
  })

  it.each([
    { end: 'exit', code: 3 },
    { end: 'throw', code: 1 },
  ])('when it ends by $end', async ({ end, code }) => {
    const runner = await startRunner({ FAKE_RUNNER_END: end })
    expect(await ended(runner)).toEqual({ code, signal: null })
    expect(await allGone()).toBe(true)
  })

  it('after SIGKILL: the next start ends what it left', async () => {
    const runner = await startRunner()
    expect(await endOrphans(root)).toEqual([])
    runner.kill('SIGKILL')
    await ended(runner)
    expect([children.every(isRunning), registryLeft()]).toEqual([true, true])
    expect((await endOrphans(root)).map(({ name }) => name)).toEqual(['one', 'two'])
    expect([children.some(isRunning), registryLeft()]).toEqual([false, false])
  })
})
