import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import type { Traffic } from '../events/traffic.ts'
import { onRequest, pass, replaceResult } from './fault.ts'
import { type Link, startLink } from './link.ts'

let clock: FakeClock
let facts: Fact[]
let provider: JsonRpcServer
let link: Link
let client: JsonRpcClient
let calls: string[]
const closers: (() => unknown)[] = []

const events = {
  record: (fact: Fact) => void facts.push(fact),
  subscribe: () => () => {},
  end: () => {},
}

beforeEach(async () => {
  clock = createFakeClock()
  facts = []
  calls = []
  const methods = new Map<string, RpcHandler>([
    [
      'echo',
      (params) => {
        calls.push('echo')
        return params
      },
    ],
    ['other', () => 'other'],
  ])
  provider = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
  link = await startLink({ name: 'follower→reference', target: provider.url, clock, events })
  client = createHttpRpcClient({ url: link.url, timeoutMs: 5_000 })
  closers.push(
    () => provider.close(),
    () => link.close(),
  )
})
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close()
})

describe('a link without faults', () => {
  it('passes requests and answers, and is recorded', async () => {
    expect(await client.request('echo', [1, 'two'])).toEqual([1, 'two'])
    expect(facts).toEqual([{ kind: 'link', link: 'follower→reference', url: link.url, target: provider.url }])
  })

  it('passes headers, status and a body that is not JSON', async () => {
    const seen: unknown[] = []
    const plain: Server = createServer((request, response) => {
      seen.push(request.headers.authorization, request.url, request.method)
      response.writeHead(418, { 'x-kind': 'teapot' }).end('short and stout')
    })
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
    const port = (plain.address() as AddressInfo).port
    const toPlain = await startLink({ name: 'a→b', target: `http://127.0.0.1:${port}/base`, clock, events })
    closers.push(
      () => plain.close(),
      () => toPlain.close(),
    )
    const answer = await fetch(`${toPlain.url}/healthz?x=1`, { headers: { authorization: 'Bearer t' } })
    expect([answer.status, answer.headers.get('x-kind'), await answer.text()]).toEqual([
      418,
      'teapot',
      'short and stout',
    ])
    expect(seen).toEqual(['Bearer t', '/base/healthz?x=1', 'GET'])
  })

  it('does not let a web page through to the provider', async () => {
    const { hostname, port } = new URL(link.url)
    const status = async (headers: Record<string, string>) => {
      const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
      const body = '{"jsonrpc":"2.0","id":1,"method":"echo"}'
      request({ hostname, port, method: 'POST', headers }, resolve).on('error', reject).end(body)
      return (await promise).resume().statusCode
    }
    const json = { 'content-type': 'application/json' }
    expect(await status({ ...json, host: 'attacker.example' })).toBe(403)
    expect(await status({ ...json, origin: 'https://attacker.example' })).toBe(403)
    expect(await status({ 'content-type': 'text/plain' })).toBe(415)
    expect(calls).toEqual([])
    expect(await status(json)).toBe(200)
  })

  it('shows a provider that is down as a broken connection, and works again when it is back', async () => {
    await client.request('echo', [])
    await provider.close()
    await expect(client.request('echo', [])).rejects.toThrow('echo at http://127.0.0.1')
    provider = await startJsonRpcServer({
      host: '127.0.0.1',
      port: provider.port,
      methods: new Map([['echo', () => 1]]),
    })
    expect(await client.request('echo', [])).toBe(1)
  })

  it('costs as much as a few direct calls: nothing in it waits', { timeout: 60_000 }, async () => {
    const direct = createHttpRpcClient({ url: provider.url, timeoutMs: 5_000 })
    const milliseconds = async (of: JsonRpcClient) => {
      const start = performance.now()
      await of.request('echo', [])
      return performance.now() - start
    }
    const median = (times: readonly number[]) => times.toSorted((a, b) => a - b)[times.length >> 1]!
    /** Both in turn: other work on the machine makes both slower alike. */
    const ratio = async () => {
      const [through, straight]: [number[], number[]] = [[], []]
      for (let i = 0; i < 60; i++) {
        straight.push(await milliseconds(direct))
        through.push(await milliseconds(client))
      }
      return median(through) / median(straight)
    }
    await ratio()
    // Through a link a call goes over two connections. One good round of eight is proof.
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 8 && best >= 3; round++) best = Math.min(best, await ratio())
    expect(best).toBeLessThan(3)
  })
})

describe('a fault', () => {
  it('delays', async () => {
    link.install('slow', onRequest('echo', { kind: 'delay', ms: 700 }))
    let answered = false
    const answer = client.request('echo', []).then(() => {
      answered = true
    })
    while (clock.sleeping === 0) await clock.settle()
    await clock.advance(699)
    expect([answered, calls]).toEqual([false, []])
    await clock.advance(1)
    await answer
    expect(calls).toEqual(['echo'])
  })

  it('drops: no answer, and nothing reaches the provider', async () => {
    const fault = link.install('lost', onRequest('echo', { kind: 'drop' }))
    const abort = new AbortController()
    const answer = client.request('echo', [], abort.signal)
    while (fault.hits === 0) await clock.settle()
    abort.abort(new Error('gave up'))
    await expect(answer).rejects.toThrow('gave up')
    expect(calls).toEqual([])
    expect(await client.request('other', [])).toBe('other')
  })

  it('answers with an error or resets the connection', async () => {
    const unavailable = link.install('503', () => ({ kind: 'error', error: { status: 503, text: 'busy' } }))
    await expect(client.request('echo', [])).rejects.toThrow('got HTTP 503 "busy"')
    unavailable.remove()
    link.install('reset', () => ({ kind: 'error', error: 'reset' }))
    await expect(client.request('echo', [])).rejects.toThrow(/at http/)
    expect(calls).toEqual([])
  })

  it('replaces requests and answers', async () => {
    link.install(
      'lie',
      replaceResult('echo', (result) => ['lie', result]),
    )
    expect(await client.request('echo', [1])).toEqual(['lie', [1]])
    link.faults[0]?.remove()
    link.install('other question', ({ phase, json }) =>
      phase === 'request' ? { kind: 'replace', json: { ...(json as object), params: [2] } } : pass,
    )
    expect(await client.request('echo', [1])).toEqual([2])
  })

  it('is gone once removed, and the timeline says when and how often it struck', async () => {
    const fault = link.install(
      'lie',
      replaceResult('echo', () => 0),
    )
    expect(await client.request('echo', [])).toBe(0)
    fault.remove()
    fault.remove()
    expect(await client.request('echo', [])).toEqual([])
    expect(facts.slice(1)).toEqual([
      { kind: 'fault', id: 1, point: 'follower→reference', fault: 'lie', action: 'install' },
      { kind: 'fault', id: 1, point: 'follower→reference', fault: 'lie', action: 'remove', hits: 1 },
    ])
  })
})

describe('a tap', () => {
  const seen = ({ requestBody, responseBody, ...traffic }: Traffic) => ({
    ...traffic,
    request: JSON.parse(requestBody.toString()),
    response: responseBody === null ? null : JSON.parse(responseBody.toString()),
  })

  it('sees each exchange as the consumer does', async () => {
    const exchanges: Traffic[] = []
    const end = link.tap((exchange) => exchanges.push(exchange))
    link.install(
      'lie',
      replaceResult('echo', () => 'lie'),
    )
    await client.request('echo', [1])
    end()
    await client.request('echo', [1])
    expect(exchanges.map(seen)).toMatchObject([
      {
        ...{ link: 'follower→reference', path: '/', status: 200, durationMs: 0 },
        ...{ request: { params: [1] }, response: { result: 'lie' } },
      },
    ])
  })

  it('sees a request that gets no answer, once its consumer has gone, with how long that took', async () => {
    const exchanges: Traffic[] = []
    link.tap((exchange) => exchanges.push(exchange))
    const fault = link.install('lost', onRequest('echo', { kind: 'drop' }))
    const abort = new AbortController()
    const answer = client.request('echo', [], abort.signal)
    while (fault.hits === 0) await clock.settle()
    await clock.advance(300)
    expect(exchanges).toEqual([])
    abort.abort(new Error('gave up'))
    await expect(answer).rejects.toThrow('gave up')
    while (exchanges.length === 0) await clock.settle()
    expect(exchanges.map(seen)).toMatchObject([{ status: null, response: null, durationMs: 300 }])
  })
})
