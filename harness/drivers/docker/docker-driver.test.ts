import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Driver } from '../driver.ts'
import { identifyProcess } from '../process-identity.ts'
import { createDockerDriver, type DockerDriverOptions } from './docker-driver.ts'
import { connectDocker } from './engine.ts'
import { isOrphan, labelsOf, removeContainer, removeOrphans } from './labels.ts'
import { type FakeEngine, startFakeEngine } from './testing/fake-engine.ts'

const directory = mkdtempSync(join(tmpdir(), 'lockstep-docker-'))
afterAll(() => rmSync(directory, { recursive: true }))

let engine: FakeEngine
let logPath: string
let runs = 0
beforeEach(async () => {
  engine = await startFakeEngine()
  logPath = join(directory, `${++runs}.log`)
})
afterEach(() => engine.close())

const here = identifyProcess(process.pid)!
const run = { runId: 'run-1', runner: { machine: 'here', ...here } }

function driver(change: Partial<DockerDriverOptions> = {}): Driver {
  return createDockerDriver({
    docker: engine.docker,
    network: {
      ...{ id: 'n', name: 'net', harnessAddress: '172.18.0.1' },
      reach: async () => {},
      close: async () => {},
    },
    ...{ run, name: 'follower', image: 'lockstep:x', hasEntrypoint: false, ports: [], logPath },
    launch: { command: '/bin/it', args: ['--l1', 'http://127.0.0.1:1'], env: { A: 'b' } },
    projectRoot: '/none',
    isFile: () => false,
    nowMs: () => 1_700_000_000_000,
    ...change,
  })
}

const log = () => readFileSync(logPath, 'utf8')

describe('a container', () => {
  it('is made once, in the network, with labels, and told the addresses of the network', async () => {
    const file = join(directory, 'jwt.hex')
    writeFileSync(file, 'secret')
    const one = driver({
      launch: { command: '/bin/it', args: ['--l1', 'http://127.0.0.1:1', '--jwt', file], env: { A: 'b' } },
      isFile: (path) => path === file,
    })
    await (await one.launch()).stop()
    const [container] = engine.containers.values()
    expect(container?.name).toBe('net-follower')
    expect(container?.body).toMatchObject({
      Image: 'lockstep:x',
      Entrypoint: ['/bin/it'],
      Cmd: ['--l1', 'http://172.18.0.1:1', '--jwt', file],
      Env: ['A=b'],
      HostConfig: { NetworkMode: 'net', RestartPolicy: { Name: 'no' } },
      Labels: { 'dev.lockstep.run': 'run-1', 'dev.lockstep.component': 'follower' },
    })
    expect(container?.archive?.includes('secret')).toBe(true)
    // It keeps what it stored: the next start is of the same container.
    await (await one.launch()).stop()
    expect(engine.containers.size).toBe(1)
    await one.wipe?.()
    expect(engine.containers.size).toBe(0)
  })

  it('has its own entry point when the image is of its client', async () => {
    await (await driver({ hasEntrypoint: true, image: 'op-node:1' }).launch()).kill()
    expect([...engine.containers.values()][0]?.body).not.toHaveProperty('Entrypoint')
  })

  it('has what it said in its log, both streams, before it is told to be gone', async () => {
    const component = await driver().launch()
    await vi.waitFor(() => expect(engine.requests).toContain('GET /containers/id1/logs'))
    engine.say('follower', 'one\n')
    engine.say('follower', 'two\n', 2)
    engine.end('follower', 3)
    expect(await component.exited).toEqual({ reason: 'exit code 3', wanted: false })
    expect(log()).toBe('one\ntwo\n')
  })

  it.each([
    ['stop', 'signal SIGTERM'],
    ['kill', 'signal SIGKILL'],
  ] as const)('is gone after %s, which was wanted', async (how, reason) => {
    const component = await driver().launch()
    await component[how]()
    expect(await component.exited).toEqual({ reason, wanted: true })
  })

  it('that ended already can be stopped and killed', async () => {
    const component = await driver().launch()
    engine.end('follower', 0)
    await component.stop()
    await component.kill()
    expect(await component.exited).toMatchObject({ reason: 'exit code 0' })
  })
})

describe('an unkind engine', () => {
  it('that cuts the connection on which the end is waited for is asked again', async () => {
    const component = await driver().launch()
    await vi.waitFor(() => expect(engine.requests).toContain('POST /containers/id1/wait'))
    engine.cut('waiting')
    await vi.waitFor(() =>
      expect(engine.requests.filter((request) => request.endsWith('/wait')).length).toBeGreaterThan(1),
    )
    engine.end('follower', 1)
    expect((await component.exited).reason).toBe('exit code 1')
  })

  it('that cuts the log is followed again, and the log says so', async () => {
    const component = await driver().launch()
    const follows = () => engine.requests.filter((request) => request.endsWith('/logs')).length
    await vi.waitFor(() => expect(follows()).toBe(1))
    engine.say('follower', 'before\n')
    await vi.waitFor(() => expect(log()).toContain('before'))
    engine.cut('logs')
    await vi.waitFor(() => expect(follows()).toBeGreaterThan(1))
    engine.say('follower', 'after\n')
    await component.stop()
    expect(log()).toMatch(/^before\nlockstep: .*; following the log again\nafter\n$/)
  })

  it('that has no such image is quoted', async () => {
    engine.refuse(/create/, 404, 'No such image: lockstep:x')
    await expect(driver().launch()).rejects.toThrow(
      'follower: the engine cannot make its container: No such image: lockstep:x',
    )
  })

  it('that cannot start it is quoted, and may be asked again', async () => {
    const one = driver()
    engine.refuse(/start/, 500, 'driver failed programming external connectivity')
    await expect(one.launch()).rejects.toThrow(
      'follower: the engine cannot start its container: driver failed programming external connectivity',
    )
    await (await one.launch()).stop()
    expect(engine.containers.size).toBe(1)
  })

  it('that removes a container already is waited for', async () => {
    await (await driver().launch()).stop()
    engine.refuse(/DELETE/, 409, 'removal of container id1 is already in progress', 2)
    await removeContainer(engine.docker, 'id1')
    expect(engine.containers.size).toBe(0)
    await removeContainer(engine.docker, 'id1')
  })

  it('that is not there, or says nothing, cannot be used, and how is said', async () => {
    await expect(connectDocker({ DOCKER_HOST: 'unix:///none/docker.sock' })).rejects.toThrow(
      /^no Docker Engine answers at unix:\/\/\/none\/docker\.sock: .*ENOENT.*; start one \(dockerd\) or name one by DOCKER_HOST$/,
    )
    await expect(connectDocker({ DOCKER_HOST: 'tcp://127.0.0.1:1' })).rejects.toThrow('ECONNREFUSED')
    engine.refuse(/version/, 503, 'daemon is shutting down')
    const { port } = engine
    await expect(connectDocker({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).rejects.toThrow(
      'daemon is shutting down',
    )
    expect(await connectDocker({ DOCKER_HOST: `tcp://127.0.0.1:${port}` })).toBeDefined()
  })
})

describe('what a dead runner left', () => {
  const dead = { machine: 'here', pid: here.pid, startTime: '1' }

  it('is removed; what a living one, or one elsewhere, runs is not', async () => {
    const make = (name: string, runner: typeof dead) =>
      engine.docker.createContainer({ name, Image: 'x', Labels: labelsOf({ runId: name, runner }, name) })
    await make('dead', dead)
    await make('living', { machine: 'here', ...here })
    await make('elsewhere', { ...dead, machine: 'there' })
    engine.networks.set('n1', { Labels: labelsOf({ runId: 'dead', runner: dead }) })
    engine.networks.set('n2', { Labels: labelsOf(run) })
    expect(await removeOrphans(engine.docker, 'here')).toEqual(['dead'])
    expect([...engine.containers.values()].map(({ name }) => name)).toEqual(['living', 'elsewhere'])
    expect([...engine.networks.keys()]).toEqual(['n2'])
  })

  it('is removed of a swarm as well, by an engine that manages it', async () => {
    engine.swarm.services.set('job', labelsOf({ runId: 'dead', runner: dead }))
    engine.swarm.services.set('living', labelsOf({ runId: 'living', runner: { machine: 'here', ...here } }))
    expect(await removeOrphans(engine.docker, 'here')).toEqual([])
    engine.swarm.manages = true
    expect(await removeOrphans(engine.docker, 'here')).toEqual(['job'])
    expect([...engine.swarm.services.keys()]).toEqual(['living'])
  })

  it('is not passed over in silence when the engine cannot say', async () => {
    engine.refuse(/^GET \/services/, 500, 'rpc error')
    await expect(removeOrphans(engine.docker, 'here')).rejects.toThrow('rpc error')
  })

  it('has labels; without them nothing is an orphan', () => {
    expect(isOrphan(undefined, 'here')).toBe(false)
    expect(isOrphan({ 'dev.lockstep.runner': 'here' }, 'here')).toBe(false)
  })
})
