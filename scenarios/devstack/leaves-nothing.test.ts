import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const launcher = fileURLToPath(new URL('../../harness/cli/lockstep.mjs', import.meta.url))
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))
const vitest = fileURLToPath(new URL('../../node_modules/vitest/vitest.mjs', import.meta.url))
const failing = fileURLToPath(new URL('failing/vitest.config.ts', import.meta.url))
/** The directory of a run is new each time; what Node.js made of the modules is not. */
const compileCache = resolve('.lockstep/compile-cache')
const timeout = 120_000
/** Anvil, the host of what is not under test, the follower. */
const programsByDefault = 3

/** The part of `lockstep up --json` that says what must be gone afterwards. */
interface Devstack {
  readonly l1: { readonly url: string; readonly beaconUrl: string }
  readonly nodes: readonly {
    readonly rpcUrl: string
    readonly el: { readonly rpcUrl: string; readonly engineUrl: string }
  }[]
  readonly links: readonly { readonly url: string }[]
  readonly files: { readonly directory: string }
}

let directory: string
const runners: ChildProcess[] = []
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-up-'))
})
afterEach(async () => {
  for (const runner of runners.splice(0)) if (runner.exitCode === null) runner.kill('SIGINT')
  rmSync(directory, { recursive: true, force: true })
})

async function up(
  command: readonly [string, ...string[]] = [process.execPath, launcher],
  driver = 'auto',
): Promise<{ runner: ChildProcess; devstack: Devstack; pids: number[] }> {
  const [program, ...first] = command
  const runner = spawn(program, [...first, 'up', '--json'], {
    cwd: packageRoot,
    env: {
      ...process.env,
      LOCKSTEP_DIRECTORY: directory,
      LOCKSTEP_DRIVER: driver,
      NODE_COMPILE_CACHE: compileCache,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  runners.push(runner)
  let text = ''
  for await (const chunk of runner.stdout ?? []) {
    text += String(chunk)
    if (text.endsWith('}\n')) break
  }
  const devstack = JSON.parse(text.trim().split('\n').at(-1) ?? '') as Devstack
  const registry = JSON.parse(readFileSync(join(devstack.files.directory, 'registry.json'), 'utf8')) as {
    processes: { pid: number }[]
  }
  return { runner, devstack, pids: registry.processes.map(({ pid }) => pid) }
}

const ended = (runner: ChildProcess) =>
  new Promise<number | string | null>((resolve) => {
    if (runner.exitCode !== null || runner.signalCode !== null) resolve(runner.exitCode ?? runner.signalCode)
    else runner.once('exit', (code, signal) => resolve(code ?? signal))
  })

/** A zombie has ended: init may be slow to take note of an orphan's end. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !existsSync('/proc/self/stat') || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

function listens(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

const urlsOf = ({ l1, nodes, links }: Devstack) => [
  l1.url,
  l1.beaconUrl,
  ...nodes.flatMap(({ rpcUrl, el }) => [rpcUrl, el.rpcUrl, el.engineUrl]),
  ...links.map(({ url }) => url),
]
const listening = async (devstack: Devstack) =>
  (await Promise.all(urlsOf(devstack).map(listens))).filter(Boolean).length

describe('lockstep up', () => {
  it.each([
    ['what is not under test shares a process', 'auto', programsByDefault],
    // Anvil, three engines, three nodes.
    ['everything has a process', 'process', 7],
  ])('leaves nothing after Ctrl-C, and ends with 0, when %s', { timeout }, async (_, driver, programs) => {
    const { runner, devstack, pids } = await up([process.execPath, launcher], driver)
    expect(pids.filter(isAlive)).toHaveLength(programs)
    expect(await listening(devstack)).toBe(urlsOf(devstack).length)
    runner.kill('SIGINT')
    expect(await ended(runner)).toBe(0)
    expect(pids.filter(isAlive)).toEqual([])
    expect(await listening(devstack)).toBe(0)
    expect(existsSync(join(devstack.files.directory, 'registry.json'))).toBe(false)
  })

  // npm ends by the signal, and neither npm nor its shell passes it on to the runner.
  it.each(['SIGTERM', 'SIGKILL'] as const)(
    'leaves nothing when its npx gets %s',
    { timeout },
    async (signal) => {
      const { runner, devstack, pids } = await up(['npm', 'exec', '--offline', '--', 'lockstep'])
      expect(pids.filter(isAlive)).toHaveLength(programsByDefault)
      runner.kill(signal)
      // The last that an orderly end does; the test's own limit is the wait's.
      const registry = join(devstack.files.directory, 'registry.json')
      const timeline = join(devstack.files.directory, 'timeline.ndjson')
      while (existsSync(registry)) await new Promise((resolve) => setTimeout(resolve, 50))
      expect(pids.filter(isAlive)).toEqual([])
      expect(await listening(devstack)).toBe(0)
      // In order, not because its engines ended by themselves.
      expect(readFileSync(timeline, 'utf8').trim().split('\n').at(-1)).toContain('"outcome":"stopped"')
    },
  )

  it('ends at its next start what a killed runner left', { timeout }, async () => {
    const first = await up()
    first.runner.kill('SIGKILL')
    expect(await ended(first.runner)).toBe('SIGKILL')
    // The host notices; the others do not know of a runner.
    while (first.pids.filter(isAlive).length > programsByDefault - 1)
      await new Promise((resolve) => setTimeout(resolve, 50))
    const second = await up()
    expect(first.pids.filter(isAlive)).toEqual([])
    expect(second.pids.filter(isAlive)).toHaveLength(programsByDefault)
    second.runner.kill('SIGTERM')
    expect(await ended(second.runner)).toBe(0)
    expect(second.pids.filter(isAlive)).toEqual([])
  })
})

describe('a scenario that fails', () => {
  it('leaves nothing, and says what was going on', { timeout }, async () => {
    const runner = spawn(process.execPath, [vitest, 'run', '--config', failing], {
      env: {
        ...process.env,
        LOCKSTEP_DIRECTORY: directory,
        NODE_COMPILE_CACHE: compileCache,
        NO_COLOR: '1',
        VITEST: undefined,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    runners.push(runner)
    let output = ''
    runner.stdout?.on('data', (chunk) => (output += String(chunk)))
    runner.stderr?.on('data', (chunk) => (output += String(chunk)))
    expect(await ended(runner)).toBe(1)
    expect(output).toContain('on purpose: expected')
    expect(output).toMatch(
      /node +unsafe +localSafe[\s\S]*follower +\d+:[\s\S]*reproduce +npx lockstep accept FailsOnPurpose/,
    )

    const [run = ''] = readdirSync(join(directory, 'runs'))
    const events = readFileSync(join(directory, 'runs', run, 'timeline.ndjson'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; action?: string; pid?: number; outcome?: string })
    const pids = events.flatMap(({ kind, action, pid }) =>
      kind === 'component' && action === 'start' ? (pid ?? []) : [],
    )
    // Anvil's start names no process.
    expect(pids).toHaveLength(programsByDefault - 1)
    expect(pids.filter(isAlive)).toEqual([])
    expect(events.at(-1)).toMatchObject({ kind: 'end', outcome: 'failed' })
    expect(existsSync(join(directory, 'runs', run, 'registry.json'))).toBe(false)
  })
})
