import { execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes, randomUUID, webcrypto } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { lookup } from 'node:dns'
import { readFileSync, writeFile } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { createInflate, deflate, deflateSync, gzip } from 'node:zlib'
import { createPublicClient, custom } from 'viem'
import { afterEach, describe, expect, it } from 'vitest'
import { compressChannel } from '../../../node/adapters/zlib/compress-channel.ts'
import { createGuard, type Guard, MachineUsed, outside } from './guard.ts'

const here = fileURLToPath(import.meta.url)
/** Taken before any world: what a library holds on to. */
const takenEarlier = promisify(gzip)

const uses: readonly (readonly [string, () => unknown])[] = [
  ['setTimeout', () => setTimeout(() => {}, 1)],
  ['setInterval', () => setInterval(() => {}, 1)],
  ['setImmediate', () => setImmediate(() => {})],
  ['timers/promises.setTimeout', () => sleep(1)],
  ['Date.now', () => Date.now()],
  ['new Date', () => new Date()],
  ['performance.now', () => performance.now()],
  ['process.hrtime', () => process.hrtime()],
  ['process.hrtime.bigint', () => process.hrtime.bigint()],
  ['AbortSignal.timeout', () => AbortSignal.timeout(1)],
  ['Math.random', () => Math.random()],
  ['crypto.randomBytes', () => randomBytes(4)],
  ['crypto.randomUUID', () => randomUUID()],
  ['crypto.getRandomValues', () => webcrypto.getRandomValues(new Uint8Array(4))],
  ['crypto.generateKeyPairSync', () => generateKeyPairSync('ed25519')],
  ['crypto.subtle.digest', () => webcrypto.subtle.digest('SHA-256', new Uint8Array(4))],
  ['fetch', () => fetch('http://127.0.0.1:1')],
  ['net.Socket.connect', () => connect(1, '127.0.0.1')],
  ['net.Server.listen', () => createServer().listen(0)],
  ['dgram.Socket.bind', () => createSocket('udp4').bind(0)],
  ['http.get', () => get('http://127.0.0.1:1')],
  ['dns.lookup', () => lookup('localhost', () => {})],
  ['fs.readFileSync', () => readFileSync(here)],
  ['fs.writeFile', () => writeFile('/nowhere/at/all', '', () => {})],
  ['fs.promises.readFile', () => readFile(here)],
  ['new Worker', () => new Worker('', { eval: true })],
  ['child_process.spawn', () => spawn(process.execPath, ['--version'])],
  ['child_process.execFile', () => execFile(process.execPath, ['--version'])],
  ['zlib._transform', () => deflate(new Uint8Array(4), () => {})],
  ['zlib._transform', () => takenEarlier(new Uint8Array(4))],
  ['zlib._transform', () => createInflate().end(new Uint8Array(4))],
]

const opened: Guard[] = []
const told: MachineUsed[] = []

/** A world that has entered; what `within` runs is inside. */
function enterWorld(): Guard {
  const guard = createGuard((error) => told.push(error))
  opened.push(guard)
  // The context of this test must stay outside.
  outside(() => void Promise.resolve().then(() => guard.enter()))
  return guard
}

describe('inside a simulated world', () => {
  afterEach(() => {
    for (const guard of opened.splice(0)) guard.end()
    told.length = 0
  })

  it.each(uses)('%s throws, names its caller, and fails the world', async (call, use) => {
    const world = enterWorld()
    await Promise.resolve()
    const thrown = await (async () => world.within(use))().catch((error: unknown) => error)
    expect(thrown).toBeInstanceOf(MachineUsed)
    expect(told).toEqual([thrown])
    const { message, stack = '' } = thrown as MachineUsed
    expect(message).toContain(`${call}() takes `)
    expect(stack).toContain('guard.test.ts')
  })

  it('names the first caller that is not of the runtime, however late the call is', async () => {
    const world = enterWorld()
    await Promise.resolve()
    const late = Promise.withResolvers<void>()
    const thrown = world
      .within(async () => {
        await late.promise
        return Date.now()
      })
      .catch((error: unknown) => error)
    late.resolve()
    expect(String(await thrown)).toMatch(
      /Date\.now\(\) takes real time inside a simulated world, at .*guard\.test\.ts/,
    )
    await expect(world.within(() => compressChannel(new Uint8Array(9), 'zlib'))).rejects.toThrow(MachineUsed)
  })

  it('lets everybody else, what needs nothing of the machine, and what is allowed', async () => {
    const world = enterWorld()
    await Promise.resolve()
    expect(Date.now()).toBeGreaterThan(0)
    expect(readFileSync(here).length).toBeGreaterThan(0)
    await sleep(1)
    world.within(() => {
      expect(new Date(5).getTime()).toBe(5)
      expect(new Date(5)).toBeInstanceOf(Date)
      expect(deflateSync(new Uint8Array(4)).length).toBeGreaterThan(0)
      expect(outside(() => Date.now())).toBeGreaterThan(0)
      // More clients than one draw of random names has.
      for (let made = 0; made < 600; made++)
        createPublicClient({ transport: custom({ request: async () => null }) })
    })
    expect(told).toEqual([])
  })

  it('leaves the machine as it was when the last world has ended', async () => {
    const before = [setTimeout, Date, Date.now, Math.random, fetch]
    const [first, second] = [enterWorld(), enterWorld()]
    await Promise.resolve()
    first.end()
    expect(Date.now).not.toBe(before[2])
    second.end()
    second.end()
    expect([setTimeout, Date, Date.now, Math.random, fetch]).toEqual(before)
    expect(
      [setTimeout, Date, Date.now, Math.random, fetch].every((one, index) => one === before[index]),
    ).toBe(true)
    expect(readFileSync(here).length).toBeGreaterThan(0)
  })
})
