import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type Docker from 'dockerode'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { Driver } from '../driver.ts'
import { type DockerRun, startDockerRun } from './docker-run.ts'
import { connectDocker, messageOf } from './engine.ts'
import { labelsOf, removeOrphans } from './labels.ts'

const projectRoot = resolve(import.meta.dirname, '../../..')
const port = 28_731
/** Serves what it was told, what it keeps, and what the harness answers. */
const program = `
const fs = require('node:fs')
const [file, harness] = process.argv.slice(1)
const kept = '/tmp/kept'
const starts = fs.existsSync(kept) ? Number(fs.readFileSync(kept)) + 1 : 1
fs.writeFileSync(kept, String(starts))
console.log('start', starts)
process.on('SIGTERM', () => { console.log('stopping'); process.exit(0) })
require('node:http').createServer(async (request, response) => {
  const answer = await fetch(harness).then((got) => got.text(), (error) => String(error.cause))
  response.end(JSON.stringify({ starts, file: fs.readFileSync(file, 'utf8'), answer }))
}).listen(${port}, '0.0.0.0')
`

const docker: Docker | { readonly reason: string } = await connectDocker().catch((error) => ({
  reason: messageOf(error),
}))
const reason = 'reason' in docker ? docker.reason : null
// A summary shows how many tests were skipped, not why.
if (reason !== null) process.stderr.write(`skipped: the tests of a real Docker Engine: ${reason}\n`)

describe.skipIf(reason !== null)(`a real engine${reason === null ? '' : ` (${reason})`}`, () => {
  const engine = docker as Docker
  let directory: string
  const server = createServer((_, response) => response.end('from the harness'))
  const runId = `test-${process.pid}`
  let run: DockerRun
  let driver: Driver

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lockstep-engine-'))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    run = await startDockerRun({ runId, projectRoot, images: [], nowMs: Date.now })
    const file = join(directory, 'secret')
    writeFileSync(file, 'a secret')
    const harness = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    driver = run.driverOf({
      name: 'it',
      launch: { command: process.execPath, args: ['-e', program, file, harness], env: {} },
      image: undefined,
      ports: [port],
      logPath: join(directory, 'it.log'),
    })
  }, 300_000)
  afterAll(async () => {
    await run?.close()
    server.close()
    rmSync(directory, { recursive: true })
  })

  /** What a component answers once it serves. */
  async function answerAt(asked: number): Promise<string> {
    for (;;) {
      try {
        return await fetch(`http://127.0.0.1:${asked}/`).then((response) => response.text())
      } catch {
        // Not yet: the test's own limit ends this.
        await new Promise((resolve) => setTimeout(resolve, 50))
      }
    }
  }
  const ask = async () => JSON.parse(await answerAt(port)) as { starts: number; file: string; answer: string }

  it('runs a component that is reached, reaches the harness, keeps, pauses, is killed, wiped, and leaves nothing', async () => {
    const first = await driver.launch()
    expect(await ask()).toEqual({ starts: 1, file: 'a secret', answer: 'from the harness' })

    await first.pause()
    await expect(fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(500) })).rejects.toThrow(
      'timeout',
    )
    await first.resume()
    expect((await ask()).starts).toBe(1)

    await first.stop()
    expect(await first.exited).toEqual({ reason: 'exit code 0', wanted: true })
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed')

    const second = await driver.launch()
    expect((await ask()).starts).toBe(2)
    await second.kill()
    expect((await second.exited).reason).toBe('signal SIGKILL')

    await driver.wipe?.()
    const third = await driver.launch()
    expect((await ask()).starts).toBe(1)
    expect(readFileSync(join(directory, 'it.log'), 'utf8')).toBe('start 1\nstopping\nstart 2\nstart 1\n')

    await run.close()
    expect(await third.exited).toMatchObject({ wanted: false })
    const filters = JSON.stringify({ label: [`dev.lockstep.run=${runId}`] })
    expect(await engine.listContainers({ all: true, filters })).toEqual([])
    expect(await engine.listNetworks({ filters })).toEqual([])
  }, 120_000)

  it('keeps what a killed runner left, container and network, until the next run, which removes both', async () => {
    const dead = `${runId}-killed`
    const program = fileURLToPath(new URL('testing/killed-runner.ts', import.meta.url))
    const log = join(directory, 'killed.log')
    const runner = spawn(process.execPath, [program, dead, projectRoot, log, String(port + 1)], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void runner.kill('SIGKILL'))
    await once(runner.stdout, 'data')
    expect(await answerAt(port + 1)).toBe('here')
    const filters = JSON.stringify({ label: [`dev.lockstep.run=${dead}`] })
    const left = async () => ({
      containers: (await engine.listContainers({ all: true, filters })).length,
      networks: (await engine.listNetworks({ filters })).length,
    })
    // Of a runner that lives, nothing is taken.
    expect(await removeOrphans(engine, hostname())).toEqual([])

    const ended = once(runner, 'exit')
    runner.kill('SIGKILL')
    await ended
    await expect(fetch(`http://127.0.0.1:${port + 1}/`)).rejects.toThrow('fetch failed')
    expect(await left()).toEqual({ containers: 1, networks: 1 })

    const next = await startDockerRun({
      ...{ runId: `${runId}-next`, projectRoot, images: [], nowMs: Date.now },
    })
    await next.close()
    expect(await left()).toEqual({ containers: 0, networks: 0 })
  }, 120_000)

  it('takes nothing of a runner on another machine, and a network without containers too', async () => {
    const labels = labelsOf({
      runId: `${runId}-dead`,
      runner: { machine: 'test', pid: process.pid, startTime: 'never' },
    })
    const network = await engine.createNetwork({
      Name: `lockstep-${runId}-dead`,
      Internal: true,
      Labels: labels,
    })
    expect(await removeOrphans(engine, 'another machine')).toEqual([])
    await network.inspect()
    expect(await removeOrphans(engine, 'test')).toEqual([])
    await expect(network.inspect()).rejects.toThrow('404')
  })
})
