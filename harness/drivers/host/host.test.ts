import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ComponentExit, RunningComponent } from '../driver.ts'
import type { ProcessExit } from '../process.ts'
import { identifyProcess, isRunning, type ProcessIdentity, signalGroup } from '../process-identity.ts'
import { type Host, startHost } from './host.ts'
import { fakeHostLaunch } from './testing/fake-launch.ts'

let directory: string
let identity: ProcessIdentity
let host: Host
let hostExits: ProcessExit[]

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-host-'))
  hostExits = []
  host = await startHost({
    name: 'host',
    launch: fakeHostLaunch,
    cwd: directory,
    logPath: join(directory, 'host.log'),
    onSpawn: (spawned) => {
      identity = spawned
    },
    onExit: (exit) => void hostExits.push(exit),
  })
})
afterEach(async () => {
  await host.stop()
  expect(isRunning(identity)).toBe(false)
  rmSync(directory, { recursive: true })
})

const logOf = (name: string) => join(directory, `${name}.log`)
const launch = (name: string, command: string): Promise<RunningComponent> =>
  host.driverOf({ name, program: { command, args: [] }, logPath: logOf(name) }).launch()

/** Resolves with a component's log as soon as it holds that text. */
async function logged(name: string, text: string): Promise<string> {
  for (;;) {
    const log = existsSync(logOf(name)) ? readFileSync(logOf(name), 'utf8') : ''
    if (log.includes(text)) return log
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a host', () => {
  it('runs components, each with its own log, and each can be stopped and started alone', async () => {
    const one = await launch('one', 'good')
    const two = await launch('two', 'good')
    await Promise.all([logged('one', 'up'), logged('two', 'up')])
    await one.stop()
    expect(await one.exited).toEqual({ reason: 'no error', wanted: true })
    expect(readFileSync(logOf('one'), 'utf8')).toBe('up\nstopped in order\n')
    const again = await launch('one', 'good')
    await logged('one', 'up\nstopped in order\nup')
    await Promise.all([again.stop(), two.stop()])
    expect(hostExits).toEqual([])
  })

  it('starts something else in place of a component when it is told what', async () => {
    const driver = host.driverOf({
      name: 'one',
      program: { command: 'good', args: [] },
      logPath: logOf('one'),
    })
    const own = { command: 'node', args: ['--changed'] } as const
    const changed = await driver.launch({ command: 'none', args: [], env: {}, own })
    expect((await changed.exited).reason).toContain('a host knows no program node')
  })

  it.each([
    ['fails', 'bad', 'an error: --l1: expected a URL', 'lockstep bad: --l1: expected a URL\n'],
    ['ends by itself', 'ends', 'no error', ''],
    ['is of no known program', 'typo', 'an error: a host knows no program typo', 'knows no program'],
  ])('tells that a component %s', async (_, command, reason, log) => {
    const component = await launch('one', command)
    expect(await component.exited).toEqual({ reason, wanted: false })
    expect(readFileSync(logOf('one'), 'utf8')).toContain(log)
  })

  it.each([
    ['timer', 'throwsLater'],
    ['promise', 'rejectsLater'],
    ['request', 'throwsInRequest'],
  ])('ends the component that an error came out of, through a %s, and no other', async (out, command) => {
    const other = await launch('other', 'good')
    await logged('other', 'up')
    const victim = await launch('victim', command)
    if (command === 'throwsInRequest') {
      const port = /port (\d+)\./.exec(await logged('victim', '.'))?.[1]
      await fetch(`http://127.0.0.1:${port}`).catch(() => {})
    }
    expect(await victim.exited).toEqual({ reason: `an error: out of a ${out}`, wanted: false })
    // It gave back what it had, and says where the error came from.
    expect(readFileSync(logOf('victim'), 'utf8')).toMatch(
      new RegExp(
        `an error that nothing handled: Error: out of a ${out}\\n +at .*fake-host.ts[^]*stopped in order`,
      ),
    )
    await other.stop()
    expect(await other.exited).toEqual({ reason: 'no error', wanted: true })
    expect(readFileSync(logOf('other'), 'utf8')).toBe('up\nstopped in order\n')
  })

  it('goes on when a component that is gone left something that throws, and says so itself', async () => {
    const other = await launch('other', 'good')
    await (await launch('one', 'throwsAfterItsEnd')).exited
    await logged('host', 'one, after its end: an error that nothing handled: Error: out of a forgotten timer')
    await other.stop()
    expect(readFileSync(logOf('other'), 'utf8')).toContain('stopped in order')
    expect(hostExits).toEqual([])
  })

  it('ends with an error that cannot be told whose it is', async () => {
    const other = await launch('other', 'good')
    await logged('other', 'up')
    await launch('one', 'throwsInSocket')
    const port = Number(/port (\d+)\./.exec(await logged('one', 'up'))?.[1])
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    socket.write('x')
    expect(await other.exited).toEqual({ reason: 'an error: its host ended with exit code 1', wanted: false })
    expect(readFileSync(logOf('host'), 'utf8')).toMatch(
      /of no known component: Error: out of a socket\n +at /,
    )
    socket.destroy()
  })

  it('takes all that it runs with it when it dies, and tells of itself first', async () => {
    const components = await Promise.all(['one', 'two'].map((name) => launch(name, 'good')))
    await Promise.all(['one', 'two'].map((name) => logged(name, 'up')))
    const told: (ComponentExit | number)[] = []
    for (const { exited } of components) void exited.then((exit) => told.push(hostExits.length, exit))
    signalGroup(identity, 'SIGKILL')
    await Promise.all(components.map(({ exited }) => exited))
    const gone = { reason: 'an error: its host ended with signal SIGKILL', wanted: false }
    expect(told).toEqual([1, gone, 1, gone])
    await expect(launch('one', 'good')).rejects.toThrow('cannot start one: host ended with signal SIGKILL')
  })

  it('stops what it still runs before it ends', async () => {
    await launch('one', 'good')
    await logged('one', 'up')
    await host.stop()
    expect(hostExits).toEqual([{ exitCode: 0, signal: null, wanted: true }])
    expect(readFileSync(logOf('one'), 'utf8')).toContain('stopped in order')
  })
})

describe('a host whose runner was killed', () => {
  it('stops what it runs, and ends', async () => {
    const runner = spawn(
      process.execPath,
      [fileURLToPath(new URL('testing/fake-runner.ts', import.meta.url)), directory],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const [pid] = (await once(runner.stdout!, 'data')) as [Buffer]
    const orphan = identifyProcess(Number(String(pid)))!
    await logged('one', 'up')
    runner.kill('SIGKILL')
    while (isRunning(orphan)) await new Promise((resolve) => setImmediate(resolve))
    expect(readFileSync(logOf('one'), 'utf8')).toBe('up\nstopped in order\n')
  })
})
