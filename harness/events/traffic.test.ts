import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import { twoVerifiersFollowing } from '../topologies.ts'
import { type Fact, factSchema } from './event.ts'
import { recordTraffic } from './record-traffic.ts'
import { type Traffic, trafficFact } from './traffic.ts'
import { consumerOf, type TrafficRole, trafficRole } from './traffic-role.ts'

const hash = (digit: string) => `0x${digit.repeat(64)}` as Hash
const call = (method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })
const result = (value: unknown) => ({ jsonrpc: '2.0', id: 1, result: value })
const failure = (code: number) => ({ jsonrpc: '2.0', id: 1, error: { code, message: 'no' } })
const bytes = (body: unknown) => Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))

function traffic(request: unknown, response: unknown, change: Partial<Traffic> = {}): Traffic {
  return {
    link: 'a→b',
    path: '/',
    requestBody: bytes(request),
    status: 200,
    responseBody: response === null ? null : bytes(response),
    durationMs: 2.6,
    ...change,
  }
}
const rpc: TrafficRole = { kind: 'rpc' }
const engine: TrafficRole = { kind: 'engine' }
const source: TrafficRole = { kind: 'source', follower: 'f', source: 's' }

/** A payload in the order of the specification, with that many bytes of transactions. */
const payload = (transactionBytes = 0) => ({
  parentHash: hash('1'),
  feeRecipient: '0x00',
  logsBloom: `0x${'00'.repeat(256)}`,
  blockNumber: '0x2a',
  timestamp: '0x5',
  blockHash: hash('2'),
  transactions: [`0x${'ee'.repeat(transactionBytes)}`],
})
const forkchoice = { headBlockHash: hash('3'), safeBlockHash: hash('4'), finalizedBlockHash: hash('5') }
const heads = { unsafe: hash('3'), safe: hash('4'), finalized: hash('5') }
const block = { number: 42, hash: hash('2'), parent: hash('1') }

describe('trafficFact', () => {
  it.each<{ name: string; role: TrafficRole; traffic: Traffic; expected: Partial<Fact> }>([
    {
      name: 'a call',
      role: rpc,
      traffic: traffic(call('eth_blockNumber'), result('0x1')),
      expected: { kind: 'rpc', link: 'a→b', methods: ['eth_blockNumber'], outcome: 'ok', durationMs: 3 },
    },
    {
      name: 'a batch: each method once, with the number of calls',
      role: rpc,
      traffic: traffic([call('eth_a'), call('eth_b'), call('eth_a')], [result(1), failure(-1), result(2)]),
      expected: { kind: 'rpc', methods: ['eth_a', 'eth_b'], calls: 3, outcome: 'ok' },
    },
    {
      name: 'an error',
      role: rpc,
      traffic: traffic(call('eth_a'), failure(-32_601)),
      expected: { kind: 'rpc', outcome: 'rpc_-32601' },
    },
    {
      name: 'a result that speaks of an error is none',
      role: rpc,
      traffic: traffic(call('eth_a'), result({ error: { code: -1 } })),
      expected: { kind: 'rpc', outcome: 'ok' },
    },
    {
      name: 'an HTTP error',
      role: rpc,
      traffic: traffic(call('eth_a'), 'busy', { status: 503 }),
      expected: { kind: 'rpc', outcome: 'http_503' },
    },
    {
      name: 'an HTTP error whose body nobody kept',
      role: rpc,
      traffic: traffic(call('eth_a'), null, { status: 503 }),
      expected: { kind: 'rpc', outcome: 'http_503' },
    },
    {
      name: 'no answer',
      role: source,
      traffic: traffic(call('optimism_syncStatus'), null, { status: null }),
      expected: { kind: 'source', follower: 'f', source: 's', outcome: 'unreachable' },
    },
    {
      name: 'REST',
      role: rpc,
      traffic: traffic('', '{"data":[]}', { path: '/eth/v1/beacon/genesis' }),
      expected: { kind: 'rpc', methods: ['/eth/v1/beacon/genesis'], outcome: 'ok' },
    },
    {
      name: 'a method that stands behind its parameters',
      role: engine,
      traffic: traffic({ params: [payload(20_000)], method: 'engine_newPayloadV4' }, result({})),
      expected: { kind: 'engine', method: 'engine_newPayloadV4', block },
    },
    {
      name: 'a payload of a megabyte',
      role: engine,
      traffic: traffic(call('engine_newPayloadV4', payload(500_000)), result({ status: 'VALID' })),
      expected: { kind: 'engine', method: 'engine_newPayloadV4', block, status: 'VALID', outcome: 'ok' },
    },
    {
      name: 'a payload that was built',
      role: engine,
      traffic: traffic(call('engine_getPayloadV4', '0x01'), result({ executionPayload: payload(9) })),
      expected: { kind: 'engine', method: 'engine_getPayloadV4', block },
    },
    {
      name: 'a forkchoice update',
      role: engine,
      traffic: traffic(
        call('engine_forkchoiceUpdatedV3', forkchoice, null),
        result({ payloadStatus: { status: 'SYNCING' }, payloadId: null }),
      ),
      expected: {
        ...{ kind: 'engine', method: 'engine_forkchoiceUpdatedV3', heads },
        ...{ attributes: false, status: 'SYNCING', outcome: 'ok' },
      },
    },
    {
      name: 'a forkchoice update with attributes, refused',
      role: engine,
      traffic: traffic(
        call('engine_forkchoiceUpdatedV3', forkchoice, { timestamp: '0x1', transactions: ['0x7e'] }),
        failure(-38_003),
      ),
      expected: { kind: 'engine', heads, attributes: true, outcome: 'rpc_-38003' },
    },
    {
      name: 'a question to the engine that is no call of the Engine API',
      role: engine,
      traffic: traffic(call('eth_getBlockByNumber', '0x1', false), result(null)),
      expected: { kind: 'rpc', methods: ['eth_getBlockByNumber'] },
    },
    {
      name: 'a question to the source that is no status',
      role: source,
      traffic: traffic(call('optimism_rollupConfig'), result({})),
      expected: { kind: 'rpc', methods: ['optimism_rollupConfig'] },
    },
    {
      name: 'a status that cannot be read',
      role: source,
      traffic: traffic(call('optimism_syncStatus'), result({ current_l1: 7 })),
      expected: { kind: 'source', outcome: 'ok' },
    },
  ])('$name', ({ role, traffic, expected }) => {
    const fact = trafficFact(role, traffic)
    expect(fact).toMatchObject(expected)
    expect(factSchema.parse(fact)).toEqual(fact)
    expect(Object.keys(fact)).not.toContain('request')
    if (!('heads' in expected)) expect(fact).not.toHaveProperty('heads')
  })

  it('tells every head that a source reported, with its L1 origin', () => {
    const ref = (number: bigint, digit: string) => ({
      ...zeroL2BlockRef,
      number,
      hash: hash(digit),
      l1Origin: { number: 1n, hash: hash('9') },
    })
    const status = syncStatusToJson({
      currentL1: { ...zeroL1BlockRef, number: 2n, hash: hash('6') },
      currentL1Finalized: zeroL1BlockRef,
      headL1: zeroL1BlockRef,
      safeL1: zeroL1BlockRef,
      finalizedL1: zeroL1BlockRef,
      unsafeL2: ref(4n, 'a'),
      localSafeL2: ref(3n, 'b'),
      safeL2: ref(2n, 'c'),
      finalizedL2: ref(1n, 'd'),
      pendingSafeL2: zeroL2BlockRef,
      crossUnsafeL2: zeroL2BlockRef,
    })
    const origin = { number: 1, hash: hash('9') }
    expect(trafficFact(source, traffic(call('optimism_syncStatus'), result(status)))).toMatchObject({
      heads: {
        unsafe: { number: 4, hash: hash('a'), origin },
        localSafe: { number: 3, hash: hash('b'), origin },
        crossSafe: { number: 2, hash: hash('c'), origin },
        finalized: { number: 1, hash: hash('d'), origin },
        currentL1: { number: 2, hash: hash('6') },
      },
    })
  })
})

describe('recordTraffic', () => {
  const recorded = (bodies: string | undefined, link: string, ...all: readonly Traffic[]) => {
    const facts: Fact[] = []
    const events = { record: (fact: Fact) => void facts.push(fact), subscribe: () => () => {}, end() {} }
    const observe = recordTraffic(events, twoVerifiersFollowing, bodies)(link)
    for (const each of all) observe({ ...each, link })
    return facts
  }

  it('keeps bodies only of the links that the run asks for, the long ones as their beginning', () => {
    const exchange = traffic(call('eth_a'), result(`0x${'ab'.repeat(20_000)}`))
    expect(recorded(undefined, 'follower→l1', exchange)[0]).not.toHaveProperty('request')
    expect(recorded('reference→l1', 'follower→l1', exchange)[0]).not.toHaveProperty('request')
    for (const wanted of ['reference→l1, follower→l1', 'all'])
      expect(recorded(wanted, 'follower→l1', exchange)[0]).toMatchObject({
        request: { method: 'eth_a' },
        response: expect.stringMatching(/^\{"jsonrpc".*… \(40\d\d\d bytes\)$/),
      })
  })

  it('stops keeping them at its limit, and says so', () => {
    const big = traffic('x'.repeat(40 * 1024 * 1024), result(1))
    const facts = recorded('all', 'follower→l1', big, big, big)
    expect(facts.map(({ kind }) => kind)).toEqual(['rpc', 'note', 'rpc', 'rpc'])
    expect(facts[0]).toHaveProperty('request')
    expect(facts[2]).not.toHaveProperty('request')
  })
})

describe('trafficRole', () => {
  it.each<[string, TrafficRole]>([
    ['follower→reference', { kind: 'source', follower: 'follower', source: 'reference' }],
    ['follower→follower-el(engine)', { kind: 'engine' }],
    ['follower→l1', { kind: 'rpc' }],
    ['batcher→sequencer', { kind: 'rpc' }],
    ['reference→sequencer', { kind: 'rpc' }],
    ['no arrow', { kind: 'rpc' }],
  ])('%s', (link, role) => expect(trafficRole(twoVerifiersFollowing, link)).toEqual(role))

  it('knows who calls', () => {
    expect([consumerOf('follower→l1'), consumerOf('no arrow')]).toEqual(['follower', ''])
  })
})
