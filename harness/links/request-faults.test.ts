import { connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RpcHandler } from '../../node/json-rpc/dispatch.ts'
import { type JsonRpcServer, startJsonRpcServer } from '../../node/json-rpc/http-server.ts'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import type { Fault } from '../faults/fault.ts'
import type { InstalledFault } from '../faults/fault-point.ts'
import { testFaultContext } from '../faults/testing/fault-context.ts'
import { faults } from '../faults/vocabulary.ts'
import { type Link, startLink } from './link.ts'

let clock: FakeClock
let facts: Fact[]
let provider: JsonRpcServer
let link: Link
/** What reached the provider. */
let calls: string[]
/** What the source under the link says; tests change it. */
let status: Record<string, unknown>

const hash = (digit: string) => `0x${digit.repeat(64)}`
const l2 = (number: number, digit: string) => ({
  ...{ number, hash: hash(digit), parentHash: hash('0'), timestamp: 1, sequenceNumber: 0 },
  l1origin: { hash: hash('1'), number: 1 },
})

beforeEach(async () => {
  clock = createFakeClock()
  facts = []
  calls = []
  status = {
    current_l1: { hash: hash('c'), number: 3, parentHash: hash('b'), timestamp: 1 },
    unsafe_l2: l2(9, '9'),
    local_safe_l2: l2(5, '5'),
    safe_l2: l2(5, '5'),
    finalized_l2: l2(2, '2'),
  }
  const answers: Readonly<Record<string, RpcHandler>> = {
    a_echo: (params) => params,
    a_count: () => calls.length,
    b_other: () => 'other',
    eth_getBlockByHash: ([at]) => (at === hash('f') ? null : { hash: at, number: '0x1' }),
    eth_getBlockByNumber: ([at]) => (at === 'latest' ? { hash: hash('d'), number: '0x7' } : null),
    engine_newPayloadV4: () => ({ status: 'VALID', latestValidHash: hash('a'), validationError: null }),
    engine_forkchoiceUpdatedV3: () => ({ payloadStatus: { status: 'VALID' }, payloadId: '0x01' }),
    optimism_syncStatus: () => status,
    optimism_rollupConfig: () => ({ l2_chain_id: 901, genesis: { l2: { hash: hash('7'), number: 0 } } }),
  }
  provider = await startJsonRpcServer({
    host: '127.0.0.1',
    port: 0,
    methods: {
      get: (method) => (params) => {
        calls.push(method)
        return answers[method]?.(params)
      },
    },
  })
  link = await startLink({ name: 'a→b', target: provider.url, ...testFaultContext(clock, facts) })
})
afterEach(async () => {
  await link.close()
  await provider.close()
})

const post = (body: unknown, signal?: AbortSignal) =>
  fetch(link.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal === undefined ? {} : { signal }),
  })
const rpc = (method: string, params: readonly unknown[] = [], id = 1) => ({
  ...{ jsonrpc: '2.0', id, method, params },
})
/** The whole answer to one call. */
const ask = async (method: string, ...params: unknown[]) =>
  (await (await post(rpc(method, params))).json()) as { result?: unknown; error?: unknown }
const install = (fault: Fault): Promise<InstalledFault> => link.point.install(fault)

/** Sends one request over a connection of its own, and says what came back and how the connection ended. */
function raw(): Promise<{ readonly text: string; readonly end: 'fin' | 'reset' }> {
  const { promise, resolve } = Promise.withResolvers<{ text: string; end: 'fin' | 'reset' }>()
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(link.url).port), allowHalfOpen: true })
  const body = JSON.stringify(rpc('a_echo', ['x'.repeat(100)]))
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.on('end', () => {
    resolve({ text, end: 'fin' })
    socket.end()
  })
  socket.on('error', () => resolve({ text, end: 'reset' }))
  socket.write(
    `POST / HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  )
  return promise
}

describe('a fault of the connection', () => {
  it('slow: the request goes on later, by the clock', async () => {
    const fault = await install(faults.slow(700))
    const answer = ask('a_echo', 1)
    while (clock.sleeping === 0) await clock.settle()
    await clock.advance(699)
    expect(calls).toEqual([])
    await clock.advance(1)
    expect((await answer).result).toEqual([1])
    expect(fault.hits).toBe(1)
  })

  it('slow with jitter: up to the jitter later still, by the randomness of the world', async () => {
    await install(faults.slow(100, 50))
    const started = clock.nowMs()
    const answer = ask('a_echo')
    while (clock.sleeping === 0) await clock.settle()
    await clock.advance(100)
    await clock.advance(50)
    await answer
    expect(clock.nowMs() - started).toBe(150)
  })

  it.each([
    ['hang', faults.hang(), ['a_echo']],
    ['drop', faults.drop(), []],
  ] as const)('%s: no answer comes, and the provider was asked or not', async (_, fault, asked) => {
    const installed = await install(fault.to('a_echo'))
    const gaveUp = new AbortController()
    const answer = post(rpc('a_echo'), gaveUp.signal)
    await installed.hit()
    expect((await ask('b_other')).result).toBe('other')
    while (calls.length < asked.length + 1) await clock.settle()
    gaveUp.abort(new Error('gave up'))
    await expect(answer).rejects.toThrow('gave up')
    expect(calls.filter((one) => one === 'a_echo')).toEqual(asked)
  })

  it('refuse: the connection is reset before anything is read, also one that was kept', async () => {
    await ask('a_echo')
    const fault = await install(faults.refuse())
    await expect(post(rpc('a_echo'))).rejects.toThrow()
    expect(await raw()).toEqual({ text: '', end: 'reset' })
    expect(calls).toEqual(['a_echo'])
    expect(fault.hits).toBeGreaterThan(1)
    await fault.remove()
    expect((await ask('a_echo', 2)).result).toEqual([2])
  })

  it('refuse: cannot be for one method', async () => {
    await expect(install(faults.refuse().to('a_echo'))).rejects.toThrow(
      'a→b cannot carry refuse to a_echo: a connection is refused before anything is asked',
    )
  })

  it('reset: the request was read, and the connection is reset', async () => {
    await install(faults.reset().to('a_echo'))
    expect(await raw()).toEqual({ text: '', end: 'reset' })
    expect(calls).toEqual([])
    expect((await ask('b_other')).result).toBe('other')
  })

  it('halfClose: the link ends its half, and no byte comes', async () => {
    await install(faults.halfClose())
    expect(await raw()).toEqual({ text: '', end: 'fin' })
  })

  it('bandwidth: the answer comes at that rate', async () => {
    await install(faults.bandwidth(1_000))
    const started = clock.nowMs()
    let whole: unknown
    const answer = ask('a_echo', 'x'.repeat(2_000)).then((given) => {
      whole = given.result
    })
    while (whole === undefined) {
      await clock.settle()
      if (clock.sleeping > 0) await clock.advance(50)
    }
    await answer
    // 2 039 bytes of answer.
    expect(clock.nowMs() - started).toBeGreaterThanOrEqual(2_000)
    expect(clock.nowMs() - started).toBeLessThan(2_200)
    expect(whole).toEqual(['x'.repeat(2_000)])
  })

  it('status: with its headers, and the provider is not asked', async () => {
    await install(faults.status(429, { 'retry-after': '7' }).to('a_echo'))
    const answer = await post(rpc('a_echo'))
    expect([answer.status, answer.headers.get('retry-after'), calls]).toEqual([429, '7', []])
  })

  it('garbage: what comes is not JSON, under the head of an answer that is', async () => {
    await install(faults.garbage())
    const answer = await post(rpc('a_echo'))
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json'])
    await expect(answer.json()).rejects.toThrow(SyntaxError)
    expect(calls).toEqual(['a_echo'])
  })

  it('truncated: half of the announced length comes', async () => {
    await install(faults.truncated())
    const { text } = await raw()
    const [head = '', body = ''] = text.split('\r\n\r\n')
    const announced = Number(/content-length: (\d+)/.exec(head)?.[1])
    expect(announced).toBeGreaterThan(100)
    expect(body.length).toBe(announced >> 1)
  })
})

describe('a fault of the answer', () => {
  it.each<[string, Fault, string, unknown[], unknown, number]>([
    [
      'rpcError',
      faults.rpcError(-32005, 'limit'),
      'a_echo',
      [],
      { error: { code: -32005, message: 'limit' } },
      0,
    ],
    ['nullResult', faults.nullResult(), 'a_echo', [1], { result: null }, 1],
    [
      'replaceResult',
      faults.replaceResult((result) => [result, 'lie']),
      'a_echo',
      [1],
      { result: [[1], 'lie'] },
      1,
    ],
    ['stale of a snapshot', faults.stale({ a_echo: 'old' }), 'a_echo', [1], { result: 'old' }, 0],
    [
      'answers SYNCING',
      faults.answers('SYNCING'),
      'engine_newPayloadV4',
      [{}],
      { result: { status: 'SYNCING', latestValidHash: null, validationError: null } },
      0,
    ],
    [
      'answers SYNCING to an update',
      faults.answers('SYNCING'),
      'engine_forkchoiceUpdatedV3',
      [{}],
      {
        result: {
          payloadStatus: { status: 'SYNCING', latestValidHash: null, validationError: null },
          payloadId: null,
        },
      },
      0,
    ],
    [
      'answers INVALID',
      faults.answers('INVALID'),
      'engine_newPayloadV4',
      [{ parentHash: hash('e') }],
      { result: { status: 'INVALID', latestValidHash: hash('e'), validationError: expect.any(String) } },
      0,
    ],
    ['answers, and only to the Engine API', faults.answers('INVALID'), 'a_echo', [1], { result: [1] }, 1],
    [
      'error',
      faults.error(-38002),
      'engine_forkchoiceUpdatedV3',
      [{}],
      { error: { code: -38002, message: 'Invalid forkchoice state' } },
      0,
    ],
    [
      'error of a payload',
      faults.error(-38001),
      'engine_getPayloadV4',
      ['0x01'],
      { error: { code: -38001, message: 'Unknown payload' } },
      0,
    ],
    [
      'error to named calls',
      faults.error(-38005).to('engine_newPayload*'),
      'engine_newPayloadV4',
      [{}],
      { error: { code: -38005, message: 'Unsupported fork' } },
      0,
    ],
    [
      'forgets by hash',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'eth_getBlockByHash',
      [hash('a'), false],
      { result: null },
      0,
    ],
    [
      'forgets by number',
      faults.forgets(`0x${'d'.repeat(64)}`),
      'eth_getBlockByNumber',
      ['latest', false],
      { result: null },
      1,
    ],
    [
      'forgets the parent',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_newPayloadV4',
      [{ parentHash: hash('a') }],
      { result: { status: 'SYNCING', latestValidHash: null, validationError: null } },
      0,
    ],
    [
      'forgets the head',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_forkchoiceUpdatedV3',
      [{ headBlockHash: hash('a') }],
      {
        result: {
          payloadStatus: { status: 'SYNCING', latestValidHash: null, validationError: null },
          payloadId: null,
        },
      },
      0,
    ],
    [
      'forgets what is to be safe',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'engine_forkchoiceUpdatedV3',
      [{ headBlockHash: hash('b'), safeBlockHash: hash('a') }],
      { error: { code: -38002, message: 'Invalid forkchoice state' } },
      0,
    ],
    [
      'forgets nothing else',
      faults.forgets(`0x${'a'.repeat(64)}`),
      'eth_getBlockByHash',
      [hash('b'), false],
      { result: { hash: hash('b'), number: '0x1' } },
      1,
    ],
    [
      'notFoundAsError of geth',
      faults.notFoundAsError('geth'),
      'eth_getBlockByNumber',
      ['safe', false],
      { error: { code: -32000, message: 'safe block not found' } },
      1,
    ],
    [
      'notFoundAsError of reth',
      faults.notFoundAsError('reth'),
      'eth_getBlockByHash',
      [hash('f'), false],
      { error: { code: -39001, message: 'Unknown block' } },
      1,
    ],
    [
      'notFoundAsError of what is there',
      faults.notFoundAsError('reth'),
      'eth_getBlockByHash',
      [hash('1'), false],
      { result: { hash: hash('1'), number: '0x1' } },
      1,
    ],
  ])('%s', async (_, fault, method, params, expected, asked) => {
    await install(fault)
    expect(await ask(method, ...params)).toMatchObject(expected as object)
    expect(calls.length).toBe(asked)
  })

  it('patch: field by field, and null takes a field away', async () => {
    await install(faults.patch({ safe_l2: { number: 6 }, finalized_l2: null }))
    const { result } = await ask('optimism_syncStatus')
    const { finalized_l2, ...rest } = status
    expect(finalized_l2).toBeDefined()
    expect(result).toEqual({ ...rest, safe_l2: { ...l2(5, '5'), number: 6 } })
  })

  it('stale: each call has the first answer that it had', async () => {
    const fault = await install(faults.stale().to('a_count', 'a_echo'))
    expect([(await ask('a_count')).result, (await ask('a_count')).result]).toEqual([1, 1])
    expect([(await ask('a_echo', 1)).result, (await ask('a_echo', 2)).result]).toEqual([[1], [2]])
    expect(fault.hits).toBe(1)
    await fault.remove()
    expect((await ask('a_count')).result).toBe(5)
  })
})

describe('a follow source', () => {
  const statuses = async (count: number) => {
    const numbers: unknown[] = []
    for (let at = 0; at < count; at++) {
      status = { ...status, safe_l2: l2(10 + at, '5') }
      const { result } = await ask('optimism_syncStatus')
      numbers.push((result as { safe_l2: { number: number } }).safe_l2.number)
    }
    return numbers
  }

  it('stalls', async () => {
    await install(faults.stalls())
    expect(await statuses(4)).toEqual([10, 10, 10, 10])
  })

  it('replays', async () => {
    const fault = await install(faults.replays())
    expect(await statuses(5)).toEqual([10, 10, 12, 10, 14])
    expect(fault.hits).toBe(2)
  })

  it('flaps between two faults, and between a fault and the truth', async () => {
    const fault = await install(faults.flaps(faults.patch({ safe_l2: { number: 1 } }), null))
    expect(await statuses(4)).toEqual([1, 11, 1, 13])
    await fault.remove()
    await install(
      faults.flaps(faults.patch({ safe_l2: { number: 1 } }), faults.patch({ safe_l2: { number: 2 } })),
    )
    expect(await statuses(4)).toEqual([1, 2, 1, 2])
  })

  it('lies about origins', async () => {
    await install(faults.lies.origin())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...status,
      local_safe_l2: { ...l2(5, '5'), l1origin: { number: 1, hash: expect.not.stringMatching(hash('1')) } },
      safe_l2: { ...l2(5, '5'), l1origin: { number: 1, hash: expect.not.stringMatching(hash('1')) } },
    })
  })

  it('lies about finality', async () => {
    await install(faults.lies.finalizedAboveSafe())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...status,
      finalized_l2: { ...l2(6, '5'), parentHash: hash('5'), hash: expect.not.stringMatching(hash('5')) },
    })
  })

  it('lies about its current L1', async () => {
    await install(faults.lies.currentL1())
    const { result } = await ask('optimism_syncStatus')
    expect(result).toEqual({
      ...status,
      current_l1: { ...(status['current_l1'] as object), hash: expect.not.stringMatching(hash('c')) },
    })
  })

  it('is of another chain, with other blocks, id and genesis on the same L1', async () => {
    await install(faults.anotherChain(77))
    const { result } = await ask('optimism_syncStatus')
    expect(result).toMatchObject({
      current_l1: status['current_l1'],
      safe_l2: { number: 5, hash: expect.not.stringMatching(hash('5')), l1origin: { hash: hash('1') } },
    })
    expect((await ask('optimism_rollupConfig')).result).toEqual({
      l2_chain_id: 77,
      genesis: { l2: { number: 0, hash: expect.not.stringMatching(hash('7')) } },
    })
  })
})

describe('a batch', () => {
  const batch = [rpc('a_echo', [1], 1), rpc('b_other', [], 2), rpc('a_echo', [3], 3)]
  const results = async () =>
    ((await (await post(batch)).json()) as { id: number; result?: unknown; error?: unknown }[]).map(
      ({ id, result, error }) => [id, result ?? error],
    )

  it('answers the one call that the fault is for, and asks the provider for the others', async () => {
    const fault = await install(faults.rpcError(-1, 'no').to('b_other'))
    expect(await results()).toEqual([
      [1, [1]],
      [2, { code: -1, message: 'no' }],
      [3, [3]],
    ])
    expect([calls, fault.hits]).toEqual([['a_echo', 'a_echo'], 1])
  })

  it('changes each call that the fault is for, and counts them', async () => {
    const fault = await install(
      faults
        .replaceResult(() => 'lie')
        .to('a_echo')
        .after(1),
    )
    expect(await results()).toEqual([
      [1, [1]],
      [2, 'other'],
      [3, 'lie'],
    ])
    expect(fault.hits).toBe(1)
  })

  it('is slow, or lost, as a whole when one of its calls is', async () => {
    await install(faults.status(503).to('b_other'))
    expect((await post(batch)).status).toBe(503)
    expect(calls).toEqual([])
  })

  it('reorderedBatch: the answers come in the opposite order, and one call alone as it is', async () => {
    const fault = await install(faults.reorderedBatch())
    expect((await results()).map(([id]) => id)).toEqual([3, 2, 1])
    expect((await ask('a_echo', 1)).result).toEqual([1])
    expect(fault.hits).toBe(1)
  })
})

describe('faults on one point', () => {
  it('lets the newest decide, counts what it shadows, and has the older one back when it goes', async () => {
    const older = await install(faults.replaceResult(() => 'older'))
    const newer = await install(faults.replaceResult(() => 'newer').to('a_echo'))
    expect((await ask('a_echo')).result).toBe('newer')
    expect((await ask('b_other')).result).toBe('older')
    expect([older.hits, older.shadowed, newer.hits, newer.shadowed]).toEqual([1, 1, 1, 0])
    await newer.remove()
    expect((await ask('a_echo')).result).toBe('older')
  })

  it('tells of each installation, hit and removal', async () => {
    const fault = await install(faults.nullResult().to('a_echo'))
    await ask('a_echo', 1)
    await fault.remove()
    await fault.remove()
    const common = { kind: 'fault', id: 1, point: 'a→b', fault: 'nullResult to a_echo' }
    expect(facts.slice(1)).toEqual([
      { ...common, action: 'install', json: { fault: 'nullResult', when: [{ to: ['a_echo'] }] } },
      { ...common, action: 'hit', hits: 1 },
      { ...common, action: 'remove', hits: 1 },
    ])
  })

  it('is asked by the path of a REST call too', async () => {
    await install(faults.status(503).to('/eth/v1/beacon/blobs'))
    expect((await fetch(`${link.url}/eth/v1/beacon/blobs/3?x=1`)).status).toBe(503)
    expect((await fetch(`${link.url}/eth/v1/node/version`)).status).toBe(404)
  })

  it('refuses what it cannot carry, and says what it can', async () => {
    await expect(install(faults.lag(2))).rejects.toThrow(
      'a→b cannot carry lag(2 blocks), which is for l1; it carries faults for request',
    )
  })

  it('lets wait for a hit, and says when it was removed before', async () => {
    const fault = await install(faults.nullResult())
    const twice = fault.hit(2)
    await ask('a_echo')
    await ask('a_echo')
    await twice
    const never = fault.hit(9)
    await fault.remove()
    await expect(never).rejects.toThrow('nullResult on a→b was removed after 2 hits, before it had 9')
  })
})
