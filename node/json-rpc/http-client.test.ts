import { createServer, type RequestListener, type Server } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import type { FinishedCall } from './client.ts'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { createHttpRpcClient, type HttpRpcClientOptions } from './http-client.ts'
import { closeServer, listen } from './http-listen.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await closeServer(server)
})

/** A client of a server that does whatever the test wants. */
async function client(handler: RequestListener, options: Partial<HttpRpcClientOptions> = {}) {
  const server = createServer(handler)
  servers.push(server)
  const { url } = await listen(server, '127.0.0.1', 0)
  return createHttpRpcClient({ url, timeoutMs: 5_000, ...options })
}
const answering = (body: string, status = 200): RequestListener => {
  return (_, response) => response.writeHead(status).end(body)
}

describe('JSON-RPC client', () => {
  it('sends method, params, a new id and fresh headers with every request', async () => {
    const seen: unknown[] = []
    let token = 0
    const rpc = await client(
      async (request, response) => {
        let body = ''
        for await (const chunk of request) body += chunk
        seen.push([request.headers.authorization, request.headers['content-type'], JSON.parse(body)])
        response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}')
      },
      { headers: () => ({ authorization: `token ${++token}` }) },
    )
    expect(await rpc.request('eth_chainId', [])).toBe('0x1')
    await rpc.request('eth_x', ['a', null])
    expect(seen).toEqual([
      ['token 1', 'application/json', { jsonrpc: '2.0', id: 1, method: 'eth_chainId', params: [] }],
      ['token 2', 'application/json', { jsonrpc: '2.0', id: 2, method: 'eth_x', params: ['a', null] }],
    ])
  })

  it.each<[string, unknown[], number, boolean]>([
    ['eth_chainId', [], 60_000, true],
    ['eth_chainId', [], 70_000, false],
    ['optimism_syncStatus', [], 70_000, false],
    ['engine_newPayloadV4', [], 70_000, false],
    ['eth_getBlockByNumber', ['latest', false], 8_000_000, true],
    ['eth_getBlockByNumber', ['latest', false], 9_000_000, false],
    ['eth_getBlockByHash', ['0x', true], 9_000_000, true],
    ['eth_getProof', [], 2_000_000, false],
    ['eth_getBlockReceipts', [], 9_000_000, true],
  ])('reads of the answer to %s %j %d bytes: %s', async (method, params, length, taken) => {
    const rpc = await client(answering(`{"jsonrpc":"2.0","id":1,"result":"${'x'.repeat(length)}"}`))
    const asked = rpc.request(method, params)
    if (taken) expect(await asked).toHaveLength(length)
    else await expect(asked).rejects.toThrow(/answer is longer than \d+ bytes/)
  })

  it.each([301, 302, 307, 308])('does not follow HTTP %d to another host', async (status) => {
    const bodies: unknown[] = []
    const other = createServer((request, response) => {
      bodies.push(request.method)
      response.end('{"jsonrpc":"2.0","id":1,"result":"0x1"}')
    })
    servers.push(other)
    const { url } = await listen(other, '127.0.0.1', 0)
    const rpc = await client((_, response) => response.writeHead(status, { location: url }).end())
    await expect(rpc.request('eth_chainId', [])).rejects.toThrow(/redirect/)
    expect(bodies).toEqual([])
  })

  it.each<[string, string, number | undefined]>([
    ['7', '{"jsonrpc":"2.0","id":1,"error":{"code":-32005,"message":"limit"}}', 7_000],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 'slow down', undefined],
    ['-1', 'slow down', undefined],
  ])(
    'tells HTTP 429 with Retry-After %s as it is, whatever its body',
    async (retryAfter, body, retryAfterMs) => {
      const rpc = await client((_, response) =>
        response.writeHead(429, { 'retry-after': retryAfter }).end(body),
      )
      const error = await rpc.request('m', []).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(JsonRpcTransportError)
      expect(error).toMatchObject({ status: 429, retryAfterMs })
    },
  )

  it('gives null results as null', async () => {
    const rpc = await client(answering('{"jsonrpc":"2.0","id":1,"result":null}'))
    expect(await rpc.request('m', [])).toBeNull()
  })

  it('throws the error of the other side with its code and data', async () => {
    const rpc = await client(
      answering('{"jsonrpc":"2.0","id":1,"error":{"code":-38002,"message":"bad","data":{"err":"x"}}}', 400),
    )
    const error = await rpc.request('m', []).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JsonRpcError)
    expect(error).toMatchObject({ code: -38002, message: 'bad', data: { err: 'x' } })
  })

  it.each([
    ['html with 502', '<html>bad gateway</html>', 502],
    ['an empty body', '', 200],
    ['an object that is no answer', '{"hello":1}', 200],
    ['an error without a code', '{"error":{"message":"x"}}', 200],
    ['an array', '[]', 200],
    ['a refused token', 'token is not valid', 401],
  ])('refuses %s and says the status', async (_, body, status) => {
    const rpc = await client(answering(body, status))
    const error = await rpc.request('some_method', []).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JsonRpcTransportError)
    expect(error).toMatchObject({ status })
    expect((error as Error).message).toMatch(
      /^some_method at http:\/\/127\.0\.0\.1:\d+: expected a JSON-RPC answer/,
    )
  })

  it('ends a call at its deadline', async () => {
    const rpc = await client(() => {}, { timeoutMs: 30 })
    await expect(rpc.request('m', [])).rejects.toThrow(/no answer within 30 ms/)
  })

  it('ends a call whose body never ends at its deadline', async () => {
    const rpc = await client((_, response) => void response.writeHead(200).write('{'), { timeoutMs: 30 })
    await expect(rpc.request('m', [])).rejects.toThrow(/no answer within 30 ms/)
  })

  it('throws the reason of the caller who gives up', async () => {
    const rpc = await client(() => {})
    const stop = new AbortController()
    const asked = rpc.request('m', [], stop.signal)
    stop.abort(new Error('no longer wanted'))
    await expect(asked).rejects.toThrow('no longer wanted')
    await expect(rpc.request('m', [], stop.signal)).rejects.toThrow('no longer wanted')
  })

  it('refuses an answer that is too long, as soon as it is', async () => {
    let written = 0
    const rpc = await client(
      (_, response) => {
        response.on('error', () => {})
        const write = () => {
          written++
          if (!response.destroyed) response.write('x'.repeat(1_000), () => setImmediate(write))
        }
        write()
      },
      { responseBytesMax: 10_000 },
    )
    await expect(rpc.request('m', [])).rejects.toThrow(/answer is longer than 10000 bytes/)
    expect(written).toBeGreaterThan(9)
  })

  it('keeps characters whole across chunks', async () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","id":1,"result":"ü€😀"}')
    const rpc = await client((_, response) => {
      response.write(bytes.subarray(0, 35), () => response.end(bytes.subarray(35)))
    })
    expect(await rpc.request('m', [])).toBe('ü€😀')
  })

  it('says that nobody listens', async () => {
    const server = createServer()
    const { url } = await listen(server, '127.0.0.1', 0)
    await closeServer(server)
    const rpc = createHttpRpcClient({ url, timeoutMs: 1_000 })
    const error = await rpc.request('eth_chainId', []).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(JsonRpcTransportError)
    expect(String(error)).toMatch(/eth_chainId at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/)
    expect(error).toMatchObject({ status: undefined })
  })

  it('sends the user of the URL as basic authentication', async () => {
    let seen: unknown
    const { url } = await client((request, response) => {
      seen = [request.headers.authorization, request.url]
      response.end('{"result":1}')
    })
    const rpc = createHttpRpcClient({
      url: `${url.replace('//', '//us%40er:pass@')}/v3?x=1`,
      timeoutMs: 5_000,
    })
    await rpc.request('m', [])
    expect(seen).toEqual([`Basic ${Buffer.from('us@er:pass').toString('base64')}`, '/v3?x=1'])
  })

  it('counts outcomes', async () => {
    const error = (code: number) => JSON.stringify({ error: { code, message: 'x' } })
    const answers: [status: number, body: string, outcome: string][] = [
      [200, '{"result":1}', 'ok'],
      [200, error(-38002), 'rpc_-38002'],
      [400, error(-32000), 'rpc_-32000'],
      [200, error(3), 'rpc_3'],
      [200, error(123_456), 'rpc_other'],
      [502, 'bad gateway', 'http_502'],
      [200, 'garbage', 'unreachable'],
    ]
    const left = [...answers]
    const calls: FinishedCall[] = []
    const rpc = await client(
      (_, response) => {
        const [status, body] = left.shift()!
        response.writeHead(status).end(body)
      },
      { onCall: (call) => calls.push(call) },
    )
    for (const [index] of answers.entries()) await rpc.request(`m${index}`, []).catch(() => {})
    expect(calls.map(({ method, outcome }) => [method, outcome])).toEqual(
      answers.map(([, , outcome], index) => [`m${index}`, outcome]),
    )
    expect(calls.every(({ seconds }) => seconds > 0 && seconds < 5)).toBe(true)
  })
})
