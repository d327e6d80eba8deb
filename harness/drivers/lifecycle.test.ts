import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Launch } from '../clients/client.ts'
import type { Fact } from '../events/event.ts'
import type { ComponentError } from '../world/component-error.ts'
import { createPortAllocator, isFree } from '../world/live/ports.ts'
import { openRegistry, type RunRegistry } from '../world/live/registry.ts'
import { startHost } from './host/host.ts'
import { fakeHostLaunch } from './host/testing/fake-launch.ts'
import { type ComponentLifecycle, createLifecycle, type LaunchChanges } from './lifecycle.ts'
import { createProcessDriver } from './process-driver.ts'

let directory: string
let port: number
let registry: RunRegistry
let facts: Fact[]
let unexpected: PromiseWithResolvers<ComponentError>
const components: ComponentLifecycle[] = []

beforeEach(async () => {
  port = await createPortAllocator({ slot: process.pid }).next()
  directory = mkdtempSync(join(tmpdir(), 'lockstep-managed-'))
  registry = openRegistry(directory, 'run')
  facts = []
  unexpected = Promise.withResolvers()
})
afterEach(async () => {
  await Promise.all(components.splice(0).map((component) => component.kill()))
  registry.close()
  rmSync(directory, { recursive: true })
})

function component(
  script: string,
  more: { readonly readyMsMax?: number; readonly changes?: LaunchChanges } = {},
): ComponentLifecycle {
  const created = createLifecycle({
    name: 'follower',
    driver: createProcessDriver({
      name: 'follower',
      launch: { command: process.execPath, args: ['-e', script], env: { PORT: String(port) } },
      cwd: directory,
      logPath: join(directory, 'follower.log'),
      onSpawn: (identity) => registry.add('follower', identity),
    }),
    url: () => `http://127.0.0.1:${port}`,
    logPath: join(directory, 'follower.log'),
    stored: [join(directory, 'stored')],
    events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
    clock: createSystemClock(),
    probe: async (signal) => {
      const answer = await fetch(`http://127.0.0.1:${port}`, { signal })
      if (answer.status !== 200) throw new Error(`HTTP ${answer.status}`)
    },
    readyMsMax: more.readyMsMax ?? 10_000,
    onUnexpectedExit: unexpected.resolve,
    ...(more.changes === undefined ? {} : { changes: more.changes }),
  })
  components.push(created)
  return created
}

const serve = `require('node:http').createServer((request, response) => {
  response.end('ok')
  if (request.url === '/die') { console.error('dying as told'); process.exitCode = 7; process.kill(process.pid, 'SIGKILL') }
}).listen(Number(process.env.PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))`

describe('createLifecycle', () => {
  it('is ready when the program answers, and can be stopped and started again', async () => {
    const follower = component(serve)
    await follower.start()
    const first = follower.pid
    await follower.stop()
    expect(follower.pid).toBeNull()
    expect(await isFree(port)).toBe(true)
    await follower.start()
    expect([follower.starts, follower.pid === first]).toEqual([2, false])
    expect(facts.slice(0, 4)).toMatchObject([
      { action: 'start', pid: first },
      { action: 'ready' },
      { action: 'stop', pid: first },
      { action: 'exit', reason: 'exit code 0' },
    ])
  })

  it('starts one program, however often it is asked to meanwhile', async () => {
    const follower = component(serve)
    const first = follower.start()
    await expect(follower.start()).rejects.toThrow('is being started already')
    await first
    await expect(follower.start()).rejects.toThrow('runs already')
    expect(follower.starts).toBe(1)
    expect(facts.filter((fact) => 'action' in fact && fact.action === 'start')).toHaveLength(1)
  })

  it('says at once, with the last log lines, that the program died at boot', async () => {
    // Not after the time that it has to become ready: the test would end before.
    const follower = component(`console.error('lockstep node: --l1: expected a URL'); process.exit(1)`, {
      readyMsMax: 600_000,
    })
    const error = await follower.start().catch((error: ComponentError) => error)
    expect((error as Error).message).toBe(
      [
        'follower ended with exit code 1 while it was starting',
        'its last log lines:',
        '  lockstep node: --l1: expected a URL',
        `the whole log: ${join(directory, 'follower.log')}`,
      ].join('\n'),
    )
    expect(follower.pid).toBeNull()
  })

  it('pauses, resumes, kills and wipes it, and says so in the events', async () => {
    const follower = component(serve)
    await follower.start()
    const { pid } = follower
    const stored = join(directory, 'stored')
    mkdirSync(stored)
    const asked = (timeoutMs: number) =>
      fetch(`http://127.0.0.1:${port}`, { signal: AbortSignal.timeout(timeoutMs) }).then(() => 'answered')
    await follower.pause()
    await expect(asked(200)).rejects.toThrow('timeout')
    await follower.resume()
    expect(await asked(10_000)).toBe('answered')
    await follower.kill()
    expect([follower.running, follower.pid, existsSync(stored)]).toEqual([false, null, true])
    await follower.start()
    await follower.wipe()
    expect([follower.running, existsSync(stored)]).toEqual([false, false])
    const second = expect.any(Number)
    expect(facts).toMatchObject([
      { action: 'start', pid },
      { action: 'ready' },
      { action: 'pause', pid },
      { action: 'resume', pid },
      { action: 'kill', pid },
      { action: 'exit', reason: 'signal SIGKILL' },
      { action: 'start', pid: second },
      { action: 'ready' },
      { action: 'stop', pid: second },
      { action: 'exit', reason: 'exit code 0' },
      { action: 'wipe' },
    ])
  })

  it.each(['pause', 'resume'] as const)('cannot %s what does not run', async (action) => {
    await expect(component(serve)[action]()).rejects.toThrow(
      `follower cannot ${action}: expected it to run, found it stopped`,
    )
  })

  it('gives up on a program that never answers', async () => {
    const follower = component('setInterval(() => {}, 1e6)', { readyMsMax: 60 })
    await expect(follower.start()).rejects.toThrow(
      `follower did not serve http://127.0.0.1:${port} within 60 ms: fetch failed\nits log is empty`,
    )
  })

  it('reports a program that ends by itself later', async () => {
    const follower = component(serve)
    await follower.start()
    await fetch(`http://127.0.0.1:${port}/die`).catch(() => {})
    expect((await unexpected.promise).message).toMatch(
      /^follower ended with signal SIGKILL by itself\nits last log lines:\n {2}dying as told\n/,
    )
    expect(follower.pid).toBeNull()
  })
})

describe('how long a start may take', () => {
  /** Answers after `servesAtMs`; its log grows every `logsEveryMs`. */
  const start = async (servesAtMs: number, logsEveryMs: number) => {
    const clock = createFakeClock()
    const logPath = join(directory, 'slow.log')
    const exited = Promise.withResolvers<never>().promise
    const ended = async () => {}
    const slow = createLifecycle({
      ...{ name: 'slow', logPath, stored: [], clock, readyMsMax: 1_000, url: () => 'http://slow' },
      events: { record: () => {}, subscribe: () => () => {}, end: () => {} },
      driver: {
        ...{ kind: 'docker', can: new Set() },
        launch: async () => ({ pid: null, exited, stop: ended, kill: ended, pause: ended, resume: ended }),
      },
      async probe() {
        if (clock.nowMs() < servesAtMs) throw new Error('refused')
      },
      onUnexpectedExit: unexpected.resolve,
    })
    const started = slow.start().then(
      () => 'ready',
      (error: ComponentError) => error.message.split('\n')[0],
    )
    for (let ms = 50; ms < 4_000; ms += 50) {
      if ((ms - 50) % logsEveryMs === 0) appendFileSync(logPath, 'loading\n')
      await clock.advance(50)
    }
    return started
  }

  it.each([
    ['one that is silent', 2_500, 10_000, 'slow did not serve http://slow within 2000 ms: refused'],
    ['one that says what it does', 2_700, 400, 'ready'],
    ['one that talks for ever', 10_000, 50, 'slow did not serve http://slow within 3000 ms: refused'],
  ])('%s', async (_what, servesAtMs, logsEveryMs, outcome) => {
    expect(await start(servesAtMs, logsEveryMs)).toBe(outcome)
  })
})

describe('a component that is started otherwise', () => {
  /** Serves at PORT, and says its clock. */
  const script =
    "require('http').createServer((_, to) => to.end(process.env.CLOCK)).listen(Number(process.env.PORT), '127.0.0.1')"
  const said = async (at: number) => (await fetch(`http://127.0.0.1:${at}`)).text()

  it('listens elsewhere and has another clock from its next start on, and keeps both', async () => {
    const launch = (clock: string) => ({
      ...{ command: process.execPath, args: ['-e', script] },
      env: { PORT: String(port), CLOCK: clock },
    })
    const [before, after] = [port, await createPortAllocator({ slot: process.pid + 1 }).next()]
    let changed: Launch | undefined
    const changes: LaunchChanges = {
      launch: () => changed,
      async relocate() {
        port = after
        changed = launch('')
      },
      skewClock: (ms) => {
        changed = launch(String(ms))
      },
    }
    const follower = component(script, { changes })
    await follower.start()
    await follower.relocate()
    expect([follower.running, await isFree(before)]).toEqual([false, true])
    await follower.start()
    await follower.skewClock(-20_000)
    await follower.start()
    await follower.stop()
    await follower.start()
    expect(await said(after)).toBe('-20000')
    expect(await isFree(before)).toBe(true)
  })

  it('says why it cannot: nothing of it changes, or its client has no other clock', async () => {
    const fixed = component(script)
    expect([fixed.can.has('relocate'), fixed.can.has('skewClock'), fixed.can.has('kill')]).toEqual([
      ...[false, false, true],
    ])
    await expect(fixed.relocate()).rejects.toThrow('cannot do relocate: its client can be told nothing')
    const changes = { launch: () => undefined, relocate: async () => {}, skewClock: null }
    const elsewhere = component(script, { changes })
    expect([elsewhere.can.has('relocate'), elsewhere.can.has('skewClock')]).toEqual([true, false])
    await expect(elsewhere.skewClock(5)).rejects.toThrow('cannot do skewClock')
  })
})

describe('a component whose driver is told when it listens', () => {
  const fake = (readyMsMax: number) => {
    const serving = Promise.withResolvers<void>()
    let asked = 0
    const lifecycle = createLifecycle({
      name: 'engine',
      driver: {
        kind: 'in-process',
        can: new Set(['start', 'stop']),
        launch: async () => ({
          ...{ pid: null, serving: serving.promise, exited: new Promise(() => {}) },
          ...{ stop: async () => {}, kill: async () => {}, pause: async () => {}, resume: async () => {} },
        }),
      },
      url: () => 'http://127.0.0.1:1',
      logPath: join(directory, 'engine.log'),
      stored: [],
      events: { record: () => {}, subscribe: () => () => {}, end: () => {} },
      clock: createSystemClock(),
      probe: async () => void asked++,
      readyMsMax,
      onUnexpectedExit: unexpected.resolve,
    })
    return { lifecycle, serving, asked: () => asked }
  }

  it('is not asked before, and is ready at the first answer after', async () => {
    const { lifecycle, serving, asked } = fake(600_000)
    const started = lifecycle.start()
    await new Promise((resolve) => setImmediate(resolve))
    expect(asked()).toBe(0)
    serving.resolve()
    await started
    expect(asked()).toBe(1)
  })

  it('is asked all the same when that is never said', async () => {
    const { lifecycle, asked } = fake(20)
    // Its answer is the truth: a report may be lost.
    await lifecycle.start()
    expect(asked()).toBe(1)
  })
})

describe('a component in a host', () => {
  it('cannot be killed or paused alone, and says what to do', async () => {
    const host = await startHost({
      name: 'host',
      launch: fakeHostLaunch,
      cwd: directory,
      logPath: join(directory, 'host.log'),
      onSpawn: (identity) => registry.add('host', identity),
      onExit: () => {},
    })
    try {
      const logPath = join(directory, 'follower-el.log')
      const engine = createLifecycle({
        name: 'follower-el',
        driver: host.driverOf({ name: 'follower-el', program: { command: 'good', args: [] }, logPath }),
        url: () => 'http://127.0.0.1:1',
        logPath,
        stored: [],
        events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
        clock: createSystemClock(),
        probe: async () => {},
        readyMsMax: 10_000,
        onUnexpectedExit: unexpected.resolve,
      })
      await engine.start()
      for (const action of ['kill', 'pause', 'resume'] as const)
        await expect(engine[action]()).rejects.toThrow(
          `follower-el cannot do ${action === 'resume' ? 'pause' : action}: its driver is in-process; it shares the process host with others: name it in the option ownProcess: ['follower-el']`,
        )
      expect(engine.running).toBe(true)
      await engine.wipe()
      expect([engine.running, engine.starts, engine.driver]).toEqual([false, 1, 'in-process'])
      expect(facts.map((fact) => 'action' in fact && fact.action)).toEqual([
        'start',
        'ready',
        'stop',
        'exit',
        'wipe',
      ])
    } finally {
      await host.stop()
    }
  })
})
