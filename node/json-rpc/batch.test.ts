import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createJsonRpcClient, type FinishedCall, type RpcCall } from './client.ts'
import type { RpcHandler } from './dispatch.ts'
import { JsonRpcError, JsonRpcTransportError } from './errors.ts'
import { createHttpRpcClient } from './http-client.ts'
import { closeServer, listen } from './http-listen.ts'
import { startJsonRpcServer } from './http-server.ts'
import { createMemoryTransport } from './memory-transport.ts'
import type { TransportAnswer } from './transport.ts'

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

const methods = new Map<string, RpcHandler>([
  ['double', ([value]) => Number(value) * 2],
  [
    'refuse',
    () => {
      throw new JsonRpcError(3, 'execution reverted', '0x01')
    },
  ],
])
const doubles = (...values: number[]): RpcCall[] =>
  values.map((value) => ({ method: 'double', params: [value] }))

interface Message {
  readonly id: number
  readonly params: readonly [number]
}
type Answer = Record<string, unknown>
const answer = ({ id, params }: Message): Answer => ({ jsonrpc: '2.0', id, result: params[0] * 2 })
const ok = (body: unknown): TransportAnswer => ({ status: 200, text: JSON.stringify(body) })
const refused = (code: number, message = 'no') => ok({ jsonrpc: '2.0', id: null, error: { code, message } })

/** A client of a server that answers batches as the test wants, and single calls as it should. */
function client(answerBatch: (calls: readonly Message[]) => TransportAnswer) {
  const sizes: number[] = []
  const calls: FinishedCall[] = []
  const rpc = createJsonRpcClient({
    transport: {
      url: 'memory://unkind',
      async send(body) {
        const message = JSON.parse(body) as Message | Message[]
        sizes.push(Array.isArray(message) ? message.length : 1)
        return Array.isArray(message) ? answerBatch(message) : ok(answer(message))
      },
    },
    onCall: (call) => calls.push(call),
  })
  return { rpc, sizes, calls, outcomes: () => calls.map(({ outcome }) => outcome) }
}
const fulfilled = (value: unknown) => ({ status: 'fulfilled', value })
const rejected = (reason: unknown) => ({ status: 'rejected', reason })
const lost = (why: string | RegExp) =>
  rejected(expect.objectContaining({ name: 'JsonRpcTransportError', message: expect.stringMatching(why) }))

describe('a batch of calls', () => {
  it.each(['HTTP', 'memory'])('gets a result or an error for each by %s, in their order', async (way) => {
    const server = await startJsonRpcServer({ host: '127.0.0.1', port: 0, methods })
    closers.push(() => server.close())
    const rpc =
      way === 'HTTP'
        ? createHttpRpcClient({ url: server.url, timeoutMs: 5_000 })
        : createJsonRpcClient({ transport: createMemoryTransport('node', { methods }) })
    const refuse = { method: 'refuse', params: [] }
    const [one, two, three, four] = await rpc.requestAll([
      ...doubles(1),
      refuse,
      { method: 'nope', params: [] },
      ...doubles(4),
    ])
    expect([one, four]).toEqual([fulfilled(2), fulfilled(8)])
    expect(two).toMatchObject(rejected({ name: 'JsonRpcError', code: 3, data: '0x01' }))
    expect(three).toMatchObject(rejected({ name: 'JsonRpcError', code: -32601 }))
    expect(await rpc.requestAll([])).toEqual([])
  })

  it('is one message, with ids of its own, and counts each call', async () => {
    const seen: unknown[] = []
    const { rpc, sizes, outcomes } = client((calls) => {
      seen.push(...calls)
      return ok(calls.map(answer))
    })
    await rpc.requestAll(doubles(5, 6))
    await rpc.requestAll(doubles(7))
    expect(seen).toEqual([
      { jsonrpc: '2.0', id: 1, method: 'double', params: [5] },
      { jsonrpc: '2.0', id: 2, method: 'double', params: [6] },
    ])
    expect([sizes, outcomes()]).toEqual([
      [2, 1],
      ['ok', 'ok', 'ok'],
    ])
  })

  it('throws the reason of a caller who gives up', async () => {
    const server = createServer(() => {})
    closers.push(() => closeServer(server))
    const { url } = await listen(server, '127.0.0.1', 0)
    const rpc = createHttpRpcClient({ url, timeoutMs: 5_000 })
    const stop = new AbortController()
    const asked = rpc.requestAll(doubles(1, 2), stop.signal)
    stop.abort(new Error('no longer wanted'))
    await expect(asked).rejects.toThrow('no longer wanted')
  })
})

describe('a batch at an unkind server', () => {
  const three = doubles(1, 2, 3)
  const all = [fulfilled(2), fulfilled(4), fulfilled(6)]

  it.each<[string, (answers: Answer[], calls: readonly Message[]) => unknown[], unknown[]]>([
    ['out of order', (answers) => answers.toReversed(), all],
    ['without one', ([one, , other]) => [one, other], [all[0], lost('one is missing'), all[2]]],
    ['with one twice', ([one, , other]) => [one, other, one], [lost('twice'), lost('missing'), all[2]]],
    [
      'with a foreign id',
      ([one, two]) => [two, { ...one, id: 99 }, one],
      [all[0], all[1], lost('one is missing')],
    ],
    [
      'with an id as text',
      ([one, two]) => [two, { ...one, id: '1' }],
      [lost('missing'), all[1], lost('missing')],
    ],
    [
      'with no answer among them',
      ([one, two]) => [one, two, { id: 3 }],
      [all[0], all[1], lost('no JSON-RPC')],
    ],
    ['with null among them', ([one, two]) => [one, null, two], [all[0], all[1], lost('missing')]],
  ])('takes answers %s for what they are', async (_, change, expected) => {
    const { rpc, sizes } = client((calls) => ok(change(calls.map(answer), calls)))
    expect(await rpc.requestAll(three)).toEqual(expected)
    expect(sizes).toEqual([3])
  })

  it('has no outcome when it gives more answers than were asked for', async () => {
    const { rpc, outcomes } = client((calls) => ok([...calls, ...calls].map(answer)))
    const none = lost(/double and 2 more calls at memory:.*expected an array of at most 3 JSON-RPC answers/)
    expect(await rpc.requestAll(three)).toEqual([none, none, none])
    expect(outcomes()).toEqual(['unreachable', 'unreachable', 'unreachable'])
  })

  it.each<[string, (calls: readonly Message[]) => TransportAnswer]>([
    ['−32600', () => refused(-32600, 'Invalid Request')],
    ['another error object', () => refused(-32000, 'batch requests are not supported')],
    ['a parse error', () => ({ ...refused(-32700), status: 400 })],
    ['HTTP 400', () => ({ status: 400, text: 'bad request' })],
    ['HTTP 413', () => ({ status: 413, text: '' })],
    ['an empty array', () => ok([])],
    ['an answer to the first alone', ([first]) => ok(answer(first!))],
    [
      'one error for all',
      ([first]) => ok([{ id: first!.id, error: { code: -32600, message: 'too large' } }]),
    ],
    ['one error for nobody', () => ok([{ id: null, error: { code: -32600, message: 'too large' } }])],
  ])('is made one by one when it is refused by %s: found out once', async (_, answerBatch) => {
    const { rpc, sizes, outcomes } = client(answerBatch)
    expect(await rpc.requestAll(three)).toEqual(all)
    expect(await rpc.requestAll(three)).toEqual(all)
    expect(sizes).toEqual([3, 1, 1, 1, 1, 1, 1])
    expect(outcomes()).toEqual(Array(6).fill('ok'))
  })

  it.each<[string, TransportAnswer, unknown]>([
    [
      'too many calls',
      { ...refused(-32005), status: 429, retryAfterMs: 2_000 },
      { status: 429, retryAfterMs: 2_000 },
    ],
    ['too many calls in words', refused(-32000, 'rate limit exceeded'), { code: -32000 }],
    ['trouble', { status: 502, text: 'bad gateway' }, { status: 502 }],
    ['what is no JSON', { status: 200, text: '<html>' }, { status: 200 }],
  ])('fails as a whole by %s, and is a batch again the next time', async (_, trouble, reason) => {
    let isWell = false
    const { rpc, sizes } = client((calls) => (isWell ? ok(calls.map(answer)) : trouble))
    expect(await rpc.requestAll(three)).toMatchObject([rejected(reason), rejected(reason), rejected(reason)])
    isWell = true
    expect(await rpc.requestAll(three)).toEqual(all)
    expect(sizes).toEqual([3, 3])
  })

  it('concludes nothing when the calls do no better alone', async () => {
    const sizes: number[] = []
    const rpc = createJsonRpcClient({
      transport: {
        url: 'memory://closed',
        async send(body) {
          sizes.push([JSON.parse(body)].flat().length)
          return { status: 403, text: 'forbidden' }
        },
      },
    })
    for (const outcome of await rpc.requestAll(three)) {
      expect(outcome).toMatchObject(rejected({ status: 403 }))
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(JsonRpcTransportError)
    }
    await rpc.requestAll(three)
    expect(sizes).toEqual([3, 1, 1, 1, 3, 1, 1, 1])
  })
})
