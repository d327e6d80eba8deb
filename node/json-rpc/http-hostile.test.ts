import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RpcCallContext } from './dispatch.ts'
import { type JsonRpcServer, type JsonRpcServerOptions, startJsonRpcServer } from './http-server.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

async function start(options: Partial<JsonRpcServerOptions> = {}) {
  const stop = vi.fn(() => 'stopped')
  const methods = new Map([['admin_stopSequencer', stop]])
  const server = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods, ...options })
  open.push(() => server.close())
  return { server, stop }
}

async function client(server: JsonRpcServer): Promise<Socket> {
  const socket = connect(server.port, '127.0.0.1')
  socket.on('error', () => {})
  open.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const call = '{"jsonrpc":"2.0","id":1,"method":"admin_stopSequencer"}'
/** The answer's text, to the end of the connection. */
async function ask(
  server: JsonRpcServer,
  headers: Record<string, string>,
  { method = 'POST', body = call, path = '/' } = {},
): Promise<string> {
  const lines = Object.entries({
    host: `127.0.0.1:${server.port}`,
    'content-length': String(body.length),
    connection: 'close',
    ...headers,
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  const socket = await client(server)
  socket.write(`${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`)
  return (await socket.setEncoding('utf8').toArray()).join('')
}
const json = { 'content-type': 'application/json' }

describe('a web page', () => {
  it.each([
    ['text/plain', { 'content-type': 'text/plain' }, 415],
    ['no type', {}, 415],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['a foreign origin', { ...json, origin: 'https://attacker.example' }, 403],
    ['a sandboxed frame', { ...json, origin: 'null' }, 403],
    ['another port of this machine', { ...json, origin: 'http://localhost:3000' }, 403],
    ['a name that was rebound', { ...json, host: 'attacker.example:9545' }, 403],
  ])('cannot call with %s', async (_name, headers, status) => {
    const { server, stop } = await start()
    expect(await ask(server, headers)).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(stop).not.toHaveBeenCalled()
  })

  it.each([
    ['JSON with parameters', { 'content-type': 'application/json; charset=utf-8' }],
    ['localhost', { ...json, host: 'localhost:9545' }],
    ['IPv6', { ...json, host: '[::1]:9545' }],
    ['a listed name', { ...json, host: 'op-node:9545' }],
    ['a listed page', { ...json, origin: 'https://app.example' }],
  ])('does not stand in the way of %s', async (_name, headers) => {
    const access = { virtualHosts: ['localhost', 'op-node'], corsDomains: ['https://app.example'] }
    const { server, stop } = await start({ access })
    const answer = await ask(server, headers)
    expect(answer).toMatch(/^HTTP\/1.1 200 /)
    expect(answer.includes('access-control-allow-origin: https://app.example')).toBe('origin' in headers)
    expect(stop).toHaveBeenCalledOnce()
  })

  it('that is listed may ask before it sends JSON, and no other', async () => {
    const { server } = await start({ access: { virtualHosts: [], corsDomains: ['https://app.example'] } })
    const preflight = (origin: string) => ask(server, { origin }, { method: 'OPTIONS', body: '' })
    expect(await preflight('https://app.example')).toMatch(
      /^HTTP\/1.1 204 [\s\S]*access-control-allow-headers: content-type/,
    )
    expect(await preflight('https://attacker.example')).toMatch(/^HTTP\/1.1 403 /)
  })

  it('cannot open a WebSocket', async () => {
    const onUpgrade = vi.fn((_request, socket) => socket.end('HTTP/1.1 101 ok\r\n\r\n'))
    const { server } = await start({ onUpgrade })
    const upgrade = { connection: 'upgrade', upgrade: 'websocket' }
    const get = { method: 'GET', body: '' }
    expect(await ask(server, { ...upgrade, origin: 'https://attacker.example' }, get)).toMatch(/ 403 /)
    expect(await ask(server, { ...upgrade, host: 'attacker.example' }, get)).toMatch(/ 403 /)
    expect(onUpgrade).not.toHaveBeenCalled()
    expect(await ask(server, upgrade, get)).toMatch(/ 101 /)
  })
})

it('outlives clients that ask for a WebSocket and reset the connection', async () => {
  const onUpgrade = vi.fn((_request, socket: Duplex) =>
    setImmediate(() => socket.end('HTTP/1.1 401\r\n\r\n')),
  )
  const { server } = await start({ onUpgrade })
  for (const host of ['attacker.example', 'localhost'])
    for (let count = 0; count < 20; count++) {
      const socket = await client(server)
      socket.write(`GET / HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`)
      if (host === 'localhost') await vi.waitFor(() => expect(onUpgrade).toHaveBeenCalledTimes(count + 1))
      socket.resetAndDestroy()
    }
  expect(await ask(server, json)).toMatch(/ 200 /)
})

describe('clients that take too much', () => {
  it('cannot fill memory with unfinished bodies, and small calls are answered meanwhile', async () => {
    const { server } = await start({ requestBytesMax: 500_000, bodiesBytesMax: 1_000_000 })
    const half = Buffer.alloc(400_000, ' ')
    const statuses: string[] = []
    for (let index = 0; index < 10; index++) {
      const socket = await client(server)
      socket.setEncoding('utf8').on('data', (text: string) => statuses.push(text.slice(9, 12)))
      socket.write(
        'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500000\r\n\r\n',
      )
      socket.write(half)
    }
    // Beyond what is free, two of them fit.
    await vi.waitFor(() => expect(statuses).toHaveLength(8), { interval: 20 })
    expect(new Set(statuses)).toEqual(new Set(['503']))
    expect(await ask(server, json)).toMatch(/^HTTP\/1.1 200 /)
  })

  const longCall = '{"jsonrpc":"2.0","id":1,"method":"long"}'
  /** A server with one long answer, and for each call of it the signal that says that its connection is no more. */
  async function startLong(options: Partial<JsonRpcServerOptions>) {
    const signals: (AbortSignal | undefined)[] = []
    const long = (_: readonly unknown[], context?: RpcCallContext) => {
      signals.push(context?.signal)
      return 'x'.repeat(8_000_000)
    }
    const { server } = await start({ methods: new Map([['long', long]]), ...options })
    /** Asks for it, and reads nothing. */
    const askAndWait = async () => {
      const socket = await client(server)
      const head = `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n`
      socket.pause().write(`${head}content-length: ${longCall.length}\r\n\r\n${longCall}`)
      await once(socket, 'readable')
    }
    return { signals, server, askAndWait }
  }

  it('cannot fill memory with answers that they do not read: who leaves one unread for longest goes', async () => {
    const lengths = { answersLengthMax: 30_000_000, responseLengthMax: 30_000_000 }
    const { signals, server, askAndWait } = await startLong(lengths)
    for (let count = 0; count < 6; count++) await askAndWait()
    // Three fit.
    expect(signals.map((signal) => signal?.aborted)).toEqual([true, true, true, false, false, false])
    const answer = await ask(server, json, { body: longCall })
    expect(answer.length).toBeGreaterThan(8_000_000)
    expect(signals.map((signal) => signal?.aborted).slice(3, 6)).toEqual([true, false, false])
  })

  it('lose the connection when they take nothing of their answer', async () => {
    const { signals, askAndWait } = await startLong({ unreadMsMax: 200 })
    await askAndWait()
    await new Promise((resolve) => signals[0]?.addEventListener('abort', resolve))
  })

  it('lose the connection when their body is mostly the lines between its chunks', async () => {
    const { server, stop } = await start()
    const socket = await client(server)
    socket
      .resume()
      .write(
        'POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
      )
    const closed = new Promise((resolve) => socket.once('close', resolve))
    for (let count = 0; count < 20; count++) socket.write('1\r\n \r\n'.repeat(10_000))
    await closed
    expect(stop).not.toHaveBeenCalled()
    const body = call.replace(/./g, (character) => `1\r\n${character}\r\n`)
    const short = await client(server)
    short.write(
      `POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n${body}0\r\n\r\n`,
    )
    expect((await short.setEncoding('utf8').toArray()).join('')).toMatch(/^HTTP\/1.1 200 /)
  })

  it('have a limited number of connections from one address', async () => {
    const { server } = await start()
    const sockets = await Promise.all(Array.from({ length: 256 }, () => client(server)))
    const surplus = await client(server)
    await new Promise((resolve) => surplus.resume().once('close', resolve))
    sockets[0]?.destroy()
    await vi.waitFor(async () => expect(await ask(server, json).catch(String)).toMatch(/ 200 /), {
      interval: 20,
    })
  })

  it('cannot send headers slowly', async () => {
    const { server } = await start()
    const socket = await client(server)
    socket.write('POST / HTTP/1.1\r\n')
    let sent = 0
    const drip = setInterval(() => socket.write(`x-${sent++}: 1\r\n`), 100)
    open.push(() => clearInterval(drip))
    const begunMs = performance.now()
    await new Promise((resolve) => socket.resume().once('close', resolve))
    expect(performance.now() - begunMs).toBeLessThan(9_000)
  }, 15_000)
})
