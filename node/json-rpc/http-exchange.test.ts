import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createHttpExchange, type HttpRequest } from './http-exchange.ts'

const open: (() => unknown)[] = []
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close()
})

/** A server that answers each request with what the test says, and counts connections. The client's time is virtual. */
async function serve(answer: (request: number, socket: Socket) => string | Buffer | null) {
  const requests: string[] = []
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket)
    socket.on('error', () => {})
    socket.on('data', (bytes) => {
      requests.push(bytes.toString('latin1'))
      const text = answer(requests.length, socket)
      if (text !== null) socket.write(text)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  open.push(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clock = createFakeClock()
  return { url, clock, exchange: createHttpExchange(url, clock), requests, sockets }
}

const ok = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n${headers}\r\n${body}`
const post = (change: Partial<HttpRequest> = {}): HttpRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"ü":1}',
  timeoutMs: 5_000,
  bytesMax: 1_000,
  ...change,
})

describe('HTTP exchange', () => {
  it('sends what the server needs to know', async () => {
    const { exchange, requests, url } = await serve(() => ok('1'))
    await exchange(post())
    await exchange({ ...post({ path: '/eth?x=1', method: 'GET' }), body: undefined as never })
    const host = url.slice('http://'.length)
    expect(requests).toEqual([
      `POST / HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: 8\r\n\r\n{"Ã¼":1}`,
      `GET /eth?x=1 HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n\r\n`,
    ])
  })

  it.each([
    ['a line end in a header', { headers: { authorization: 'Bearer x\r\nx: y' } }],
    ['a line end in the name of a header', { headers: { 'x\r\ny': '1' } }],
    ['a line end in the path', { path: '/ HTTP/1.1\r\nx: y' }],
    ['a space in the path', { path: '/a b' }],
  ])('sends no request with %s', async (_, change) => {
    const { exchange, requests } = await serve(() => ok('1'))
    await expect(exchange(post(change))).rejects.toThrow(/printable ASCII/)
    expect(requests).toEqual([])
  })

  it('keeps the connection, and one for each request that is under way', async () => {
    const { exchange, sockets } = await serve((count) => ok(String(count)))
    for (let count = 1; count <= 3; count++) expect((await exchange(post())).text).toBe(String(count))
    expect(sockets).toHaveLength(1)
    await Promise.all([exchange(post()), exchange(post()), exchange(post())])
    expect(sockets).toHaveLength(3)
  })

  it.each([
    ['says that it closes', (body: string) => ok(body, 'connection: close\r\n')],
    ['keeps connections for a second', (body: string) => ok(body, 'Keep-Alive: timeout=1, max=9\r\n')],
    ['sends more than was asked for', (body: string) => `${ok(body)}${ok('forged')}`],
  ])('opens a new connection after a server that %s', async (_, answer) => {
    const { exchange, sockets } = await serve((count) => answer(`${count}`))
    for (let count = 1; count <= 2; count++) expect((await exchange(post())).text).toBe(`${count}`)
    expect(sockets).toHaveLength(2)
  })

  it.each([
    ['says nothing of it', '', 20_000],
    ['keeps it for a minute', 'keep-alive: timeout=60\r\n', 59_000],
  ])('keeps a connection for as long as a server does that %s', async (_, header, idleMs) => {
    const { exchange, sockets, clock } = await serve((count) => ok(String(count), header))
    await exchange(post())
    await clock.advance(idleMs - 1)
    await exchange(post())
    expect(sockets).toHaveLength(1)
    await clock.advance(idleMs)
    await exchange(post())
    expect(sockets).toHaveLength(2)
  })

  it('waits for an answer until the deadline and no longer, and for none that came', async () => {
    const { exchange, sockets, clock } = await serve((count) => (count === 1 ? null : ok('again')))
    let outcome: unknown = 'none'
    const asked = exchange(post({ timeoutMs: 5_000 })).catch((error: Error) => {
      outcome = error.message
    })
    await expect.poll(() => sockets.length).toBe(1)
    await clock.advance(4_999)
    expect(outcome).toBe('none')
    const gone = once(sockets[0]!, 'close')
    await clock.advance(1)
    await asked
    expect(outcome).toBe('no answer within 5000 ms')
    await gone
    expect((await exchange(post())).text).toBe('again')
    expect(clock.sleeping).toBe(0)
  })

  it('does not take what comes between two requests for the answer to the second', async () => {
    const { exchange, sockets } = await serve((count) => ok(String(count)))
    await exchange(post())
    const first = sockets[0]!
    const gone = once(first, 'close')
    first.write(ok('forged'))
    await gone
    expect((await exchange(post())).text).toBe('2')
  })

  it('opens a new connection when the server ended the old one', async () => {
    const { exchange, sockets } = await serve((count) => ok(String(count)))
    await exchange(post())
    const gone = once(sockets[0]!, 'close')
    sockets[0]!.end()
    await gone
    expect((await exchange(post())).text).toBe('2')
    expect(sockets).toHaveLength(2)
  })

  it('reads an answer that ends with its connection', async () => {
    const { exchange } = await serve((_, socket) => {
      socket.end('HTTP/1.1 200 OK\r\n\r\nto the end')
      return null
    })
    expect((await exchange(post())).text).toBe('to the end')
  })

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['ends', (socket) => socket.end(), /closed before an answer came/],
    ['resets the connection', (socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ['ends half-way', (socket) => socket.end(ok('hello').slice(0, -2)), /in the middle of the answer/],
    ['speaks another protocol', (socket) => socket.write('220 mail ready\r\n\r\n'), /status line/],
  ])('says what happened when the server %s, and goes on', async (_, answer, message) => {
    const { exchange } = await serve((count, socket) => {
      if (count > 1) return ok('again')
      answer(socket)
      return null
    })
    await expect(exchange(post())).rejects.toThrow(message)
    expect((await exchange(post())).text).toBe('again')
  })

  it('closes the connection of a call that nobody waits for any more', async () => {
    const { exchange, sockets } = await serve(() => null)
    const stop = new AbortController()
    const asked = exchange(post({ signal: stop.signal }))
    await expect.poll(() => sockets.length).toBe(1)
    const gone = once(sockets[0]!, 'close')
    stop.abort(new Error('no longer wanted'))
    await expect(asked).rejects.toThrow('no longer wanted')
    await gone
  })

  it.each([
    [500, 'x'.repeat(500)],
    [2_000, /longer than 1000 bytes/],
  ])('unpacks %d bytes', async (length, expected) => {
    const packed = gzipSync('x'.repeat(length))
    const head = `HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${packed.length}\r\n\r\n`
    const { exchange } = await serve(() => Buffer.concat([Buffer.from(head), packed]))
    if (typeof expected === 'string') expect((await exchange(post())).text).toBe(expected)
    else await expect(exchange(post())).rejects.toThrow(expected)
  })

  it('refuses what is packed wrongly', async () => {
    const { exchange } = await serve(() => ok('hello', 'content-encoding: gzip\r\n'))
    await expect(exchange(post())).rejects.toThrow(/cannot be unpacked/)
  })

  it('reads long answers whole', async () => {
    const body = Array.from({ length: 60_000 }, (_, index) => index).join(' ')
    const { exchange } = await serve(() => ok(body))
    const both = await Promise.all([1, 2].map(() => exchange(post({ bytesMax: 1e6 }))))
    expect(both.map(({ text }) => text === body)).toEqual([true, true])
  })
})
