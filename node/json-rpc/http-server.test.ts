import { request as httpRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { dispatchRpc } from './dispatch.ts'
import { JsonRpcError } from './errors.ts'
import { type JsonRpcServer, type JsonRpcServerOptions, startJsonRpcServer } from './http-server.ts'

const json = { 'content-type': 'application/json' }
const servers: JsonRpcServer[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close()
})

type Call = Parameters<NonNullable<JsonRpcServerOptions['onCall']>>[0]

async function start(options: Partial<JsonRpcServerOptions> = {}) {
  const calls: Call[] = []
  const server = await startJsonRpcServer({
    host: '127.0.0.1',
    port: 0,
    methods: new Map<string, (params: readonly unknown[]) => unknown>([
      ['echo', (params) => params],
      ['nothing', () => undefined],
      ['later', async () => 'done'],
      [
        'refuse',
        () => {
          throw new JsonRpcError(-38002, 'invalid forkchoice state', { why: 'unknown' })
        },
      ],
      [
        'fail',
        () => {
          throw new Error('broken')
        },
      ],
      [
        'fail-later',
        async () => {
          throw new Error('broken later')
        },
      ],
    ]),
    onCall: (call) => calls.push(call),
    ...options,
  })
  servers.push(server)
  const post = async (body: string, headers: Record<string, string> = {}) => {
    const response = await fetch(server.url, { method: 'POST', body, headers: { ...json, ...headers } })
    const text = await response.text()
    return {
      status: response.status,
      text,
      json: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as unknown) : null,
    }
  }
  return { server, calls, post }
}

const pipelined = (body: string) =>
  `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`

/** A request as no library would send it. */
async function raw(
  server: JsonRpcServer,
  options: {
    readonly method?: string
    readonly path?: string
    readonly headers?: Record<string, string>
    readonly body?: string
  },
) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const { hostname, port } = new URL(server.url)
  httpRequest({ hostname, port, ...options }, resolve)
    .on('error', reject)
    .end(options.body)
  const response = await promise
  response.setEncoding('utf8')
  return {
    status: response.statusCode,
    headers: response.headers,
    text: (await response.toArray()).join(''),
  }
}

const call = (method: string, params?: unknown, id: unknown = 1) =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })
const error = (code: number, message: unknown = expect.any(String), id: unknown = null) => ({
  jsonrpc: '2.0',
  id,
  error: { code, message },
})

describe('JSON-RPC server', () => {
  it.each([
    ['a result', call('echo', [1, 'a']), { jsonrpc: '2.0', id: 1, result: [1, 'a'] }],
    ['no params', call('echo'), { jsonrpc: '2.0', id: 1, result: [] }],
    ['a string id', call('later', [], 'x'), { jsonrpc: '2.0', id: 'x', result: 'done' }],
    ['undefined becomes null', call('nothing'), { jsonrpc: '2.0', id: 1, result: null }],
    ['an unknown method', call('nope'), error(-32601, 'the method nope does not exist/is not available', 1)],
    ['a thrown error', call('fail'), error(-32000, 'broken', 1)],
    ['a rejected promise', call('fail-later'), error(-32000, 'broken later', 1)],
    [
      'an error with code and data',
      call('refuse'),
      {
        jsonrpc: '2.0',
        id: 1,
        error: { code: -38002, message: 'invalid forkchoice state', data: { why: 'unknown' } },
      },
    ],
  ])('answers %s', async (_, body, expected) => {
    const { post } = await start()
    expect(await post(body)).toMatchObject({ status: 200, json: expected })
  })

  // Every line as geth's package `rpc` answers it, which serves op-node and op-geth.
  it.each<[string, string, number, unknown]>([
    ['nothing', '', -32700, null],
    ['half an object', '{"jsonrpc":"2.0","id":1', -32700, null],
    ['half a batch', '[{"jsonrpc":"2.0","id":1,"method":"echo"}', -32700, null],
    ['a number', '7', -32600, null],
    ['null', 'null', -32600, null],
    ['a string', '"echo"', -32600, null],
    ['no version', '{"id":1,"method":"echo"}', -32600, 1],
    ['another version', '{"jsonrpc":"1.0","id":"a","method":"echo"}', -32600, 'a'],
    ['a method that is no string', '{"jsonrpc":"2.0","id":7,"method":7}', -32600, 7],
    ['no method', '{"jsonrpc":"2.0","id":0}', -32600, 0],
    ['an empty method', '{"jsonrpc":"2.0","id":true,"method":""}', -32600, true],
    ['an id that is an object', '{"jsonrpc":"2.0","id":{},"method":"echo"}', -32600, null],
    ['an id that is a list', '{"jsonrpc":"2.0","id":[1],"method":"echo"}', -32600, null],
    ['neither version nor id', '{"method":"echo"}', -32600, null],
    ['params that are an object', '{"jsonrpc":"2.0","id":4,"method":"echo","params":{}}', -32602, 4],
    ['params that are a string', '{"jsonrpc":"2.0","id":5,"method":"echo","params":"x"}', -32602, 5],
    [
      'bad params of a method that is not there',
      '{"jsonrpc":"2.0","id":6,"method":"no","params":{}}',
      -32601,
      6,
    ],
    ['an empty batch', '[]', -32600, null],
  ])('refuses %s', async (_, body, code, id) => {
    const { post } = await start()
    expect((await post(body)).json).toEqual(error(code, expect.any(String), id))
  })

  it.each([
    ['null params', '{"jsonrpc":"2.0","id":1,"method":"echo","params":null}', 1],
    ['a true id', '{"jsonrpc":"2.0","id":true,"method":"echo"}', true],
    ['a null id', '{"jsonrpc":"2.0","id":null,"method":"echo"}', null],
    ['a zero id', '{"jsonrpc":"2.0","id":0,"method":"echo"}', 0],
  ])('takes %s', async (_, body, id) => {
    const { post } = await start()
    expect((await post(body)).json).toEqual({ jsonrpc: '2.0', id, result: [] })
  })

  it.each([
    ['that runs', '{"jsonrpc":"2.0","method":"echo"}'],
    ['that fails', '{"jsonrpc":"2.0","method":"fail"}'],
    ['of an unknown method', '{"jsonrpc":"2.0","method":"nope"}'],
    ['with params that are no list', '{"jsonrpc":"2.0","method":"echo","params":{}}'],
  ])('answers a notification %s with nothing, alone and in a batch', async (_, body) => {
    const { post } = await start()
    expect(await post(body)).toMatchObject({ status: 200, text: '' })
    expect(await post(`[${body}]`)).toMatchObject({ status: 200, text: '' })
  })

  it('does not take inherited names for methods', async () => {
    const { post } = await start()
    for (const method of ['constructor', '__proto__', 'toString'])
      expect((await post(call(method))).json).toMatchObject({ error: { code: -32601 } })
  })

  it('answers batches in order, without the notifications', async () => {
    const { post } = await start()
    const notification = JSON.stringify({ jsonrpc: '2.0', method: 'echo' })
    const { json } = await post(`[${call('echo', [1], 1)},${notification},7,${call('nope', [], 2)}]`)
    expect(json).toEqual([
      { jsonrpc: '2.0', id: 1, result: [1] },
      error(-32600),
      error(-32601, expect.any(String), 2),
    ])
  })

  it('answers a batch of long and short answers in pieces that are one text', async () => {
    const { post } = await start()
    const texts = [0, 70_000, 3, 65_536, 65_536, 1].map((length, index) => `${'ä'.repeat(length)}${index}`)
    const { json } = await post(`[${texts.map((text, index) => call('echo', [text], index)).join()}]`)
    expect(json).toEqual(texts.map((text, index) => ({ jsonrpc: '2.0', id: index, result: [text] })))
  })

  it('limits the calls of a batch', async () => {
    const { post, calls } = await start({ batchMax: 2 })
    const three = `[${[1, 2, 3].map((id) => call('echo', [], id)).join()}]`
    expect((await post(three)).json).toEqual([
      error(-32600, 'batch too large: expected at most 2 calls, got 3', 1),
    ])
    expect(calls).toEqual([])
  })

  it('looks at few of the calls of a batch that is too large', async () => {
    const { user } = process.cpuUsage()
    const answer = await dispatchRpc(`[${'1,'.repeat(100_000)}1]`, { methods: new Map() })
    expect(JSON.parse(answer as string)).toEqual([
      error(-32600, 'batch too large: expected at most 1000 calls, got 100001'),
    ])
    expect(process.cpuUsage().user - user).toBeLessThan(500_000)
  })

  it('does not parse a message of millions of empty items', async () => {
    const text = `[${'{},'.repeat(1_600_000)}{}]`
    const { user } = process.cpuUsage()
    const answer = await dispatchRpc(text, { methods: new Map() })
    expect(JSON.parse(answer as string)).toEqual(
      error(-32700, expect.stringContaining('has more than 200000 values')),
    )
    expect(process.cpuUsage().user - user).toBeLessThan(100_000)
  })

  it('answers the requests of one connection one after the other, in their order', async () => {
    let [running, most] = [0, 0]
    const slow = async (params: readonly unknown[]) => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setImmediate(resolve))
      running--
      return params[0]
    }
    const { server } = await start({ methods: new Map([['slow', slow]]) })
    const bodies = [1, 2, 3, 4].map((id) => call('slow', [`answer ${id}`], id))
    const socket = connect(server.port, '127.0.0.1')
    for (const body of bodies) socket.write(pipelined(body))
    let received = ''
    for await (const bytes of socket) {
      received += bytes
      if (received.includes('answer 4')) break
    }
    expect(received.match(/answer \d/g)).toEqual(['answer 1', 'answer 2', 'answer 3', 'answer 4'])
    expect(most).toBe(1)
  })

  it('ends a connection that sends request after request and does not wait', async () => {
    const { server, calls } = await start()
    const socket = connect(server.port, '127.0.0.1').on('error', () => {})
    socket.write(pipelined(call('echo', [1])).repeat(1_000))
    await new Promise((resolve) => socket.resume().once('close', resolve))
    expect(calls.length).toBeLessThan(100)
  })

  it('refuses a request that is too long, with and without a declared length', async () => {
    const { server, post, calls } = await start({ requestBytesMax: 1_000 })
    expect((await post(call('echo', ['x'.repeat(800)]))).status).toBe(200)
    expect(await post(call('echo', ['x'.repeat(2_000)]))).toMatchObject({
      status: 413,
      text: 'request is longer than 1000 bytes\n',
    })
    const chunked = await new Promise<number | undefined>((resolve, reject) => {
      const request = httpRequest(server.url, { method: 'POST', headers: json }, (response) => {
        resolve(response.statusCode)
        request.destroy()
      })
      request.on('error', reject)
      request.write('x'.repeat(600))
      request.write('x'.repeat(600))
    })
    expect(chunked).toBe(413)
    expect(calls).toMatchObject([{ method: 'echo', outcome: 'ok' }])
  })

  it('serves routes, and nothing else by GET', async () => {
    const { server } = await start({
      routes: new Map([['/healthz', () => ({ status: 200, type: 'text/plain', body: 'v1' })]]),
    })
    const get = async (path: string, method = 'GET') => {
      const response = await fetch(server.url + path, { method })
      return [response.status, await response.text()]
    }
    expect(await get('/healthz')).toEqual([200, 'v1'])
    expect(await get('/healthz?x=1')).toEqual([200, 'v1'])
    expect(await get('/')).toEqual([200, ''])
    expect(await get('/other')).toEqual([404, 'not found\n'])
    for (const path of ['//', '///', '//x:y', '/%'])
      expect(await raw(server, { path })).toMatchObject({ status: 404 })
    expect(await get('/', 'PUT')).toEqual([405, 'expected POST\n'])
  })

  it('lets nobody in without authentication', async () => {
    const { post, calls } = await start({
      authenticate: (request) =>
        request.headers.authorization === 'Bearer right' ? null : 'missing or wrong token',
    })
    expect(await post(call('echo'))).toMatchObject({ status: 401, text: 'missing or wrong token\n' })
    expect((await post(call('echo'), { authorization: 'Bearer right' })).status).toBe(200)
    expect(calls).toHaveLength(1)
  })

  it('reports every call, unknown names under one label', async () => {
    const { post, calls } = await start()
    await post(call('echo'))
    await post(call('fail'))
    await post(call('whatever-a-peer-sends'))
    await post('7')
    await post('{')
    expect(calls).toMatchObject([
      { method: 'echo', outcome: 'ok' },
      { method: 'fail', outcome: 'error', code: -32000 },
      { method: '(unknown)', outcome: 'error', code: -32601 },
      { method: '(invalid)', outcome: 'error', code: -32600 },
      { method: '(unparsable)', outcome: 'error', code: -32700 },
    ])
    // Only a method that ran has a duration.
    expect(calls.map(({ seconds }) => seconds !== undefined && seconds < 5)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
  })

  it('gives an error instead of an answer that is too long, over a batch as a whole', async () => {
    const { post } = await start({ responseLengthMax: 200 })
    const long = call('echo', ['x'.repeat(100)])
    expect((await post(long)).json).toMatchObject({ result: ['x'.repeat(100)] })
    expect((await post(call('echo', ['x'.repeat(200)]))).json).toEqual(
      error(-32003, expect.stringContaining('response too large'), 1),
    )
    expect((await post(`[${long},${long}]`)).json).toMatchObject([
      { result: ['x'.repeat(100)] },
      { error: { code: -32003 } },
    ])
  })

  it('says so when an answer cannot be JSON', async () => {
    const { post } = await start({ methods: new Map([['big', () => 1n]]) })
    expect((await post(call('big'))).json).toEqual(error(-32603, expect.stringMatching(/BigInt/), 1))
  })

  it('rejects with the listen error when the port is taken', async () => {
    const { server } = await start()
    await expect(
      startJsonRpcServer({ host: '127.0.0.1', port: server.port, methods: new Map() }),
    ).rejects.toThrow(/EADDRINUSE/)
  })

  it('closes while a call hangs', async () => {
    const { server } = await start({ methods: new Map([['hang', () => new Promise(() => {})]]) })
    const hanging = fetch(server.url, { method: 'POST', headers: json, body: call('hang') })
    const failed = expect(hanging).rejects.toThrow()
    await new Promise((resolve) => setImmediate(resolve))
    await server.close()
    await failed
  })
})
