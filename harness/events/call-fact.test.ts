import { expect, it } from 'vitest'
import { zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import { callFact } from './call-fact.ts'
import { trafficFact } from './traffic.ts'
import type { TrafficRole } from './traffic-role.ts'

const hash = (digit: string): `0x${string}` => `0x${digit.repeat(64)}`
const call = (method: string, ...params: unknown[]) => ({ jsonrpc: '2.0', id: 1, method, params })
const result = (value: unknown) => ({ jsonrpc: '2.0', id: 1, result: value })
const failure = (code: number) => ({ jsonrpc: '2.0', id: 1, error: { code, message: 'no' } })
const rpc: TrafficRole = { kind: 'rpc' }
const engine: TrafficRole = { kind: 'engine' }
const source: TrafficRole = { kind: 'source', follower: 'f', source: 's' }
const payload = { parentHash: hash('1'), blockNumber: '0x2a', timestamp: '0x5', blockHash: hash('2') }
const forkchoice = { headBlockHash: hash('3'), safeBlockHash: hash('4'), finalizedBlockHash: hash('5') }
const l1 = { ...zeroL1BlockRef, hash: hash('6'), number: 9n }
const l2 = { ...zeroL2BlockRef, hash: hash('7'), number: 8n, l1Origin: l1 }
const status = syncStatusToJson({
  ...{ currentL1: l1, currentL1Finalized: l1, headL1: l1, safeL1: l1, finalizedL1: l1 },
  ...{ unsafeL2: l2, safeL2: l2, finalizedL2: l2, pendingSafeL2: l2, crossUnsafeL2: l2, localSafeL2: l2 },
})

it.each<[string, TrafficRole, unknown, unknown]>([
  ['a call', rpc, call('eth_blockNumber'), result('0x1')],
  ['a call without an answer', rpc, call('eth_blockNumber'), undefined],
  ['an error', rpc, call('eth_a'), failure(-32_601)],
  ['a result that speaks of an error', rpc, call('eth_a'), result({ error: { code: -1, message: '' } })],
  ['a batch', rpc, [call('eth_a'), call('eth_b'), call('eth_a')], [result(1), failure(-1), result(2)]],
  ['a payload', engine, call('engine_newPayloadV4', payload, [], null), result({ status: 'VALID' })],
  ['a payload without a number', engine, call('engine_newPayloadV4', {}), result({ status: 'INVALID' })],
  [
    'a payload that was built',
    engine,
    call('engine_getPayloadV5', '0x1'),
    result({ executionPayload: payload }),
  ],
  ['a payload that is not there', engine, call('engine_getPayloadV5', '0x1'), failure(-38_001)],
  [
    'an update',
    engine,
    call('engine_forkchoiceUpdatedV3', forkchoice, null),
    result({ payloadStatus: { status: 'SYNCING' }, payloadId: null }),
  ],
  [
    'an update with attributes, refused',
    engine,
    call('engine_forkchoiceUpdatedV3', forkchoice, { timestamp: '0x1' }),
    failure(-38_003),
  ],
  ['a capability', engine, call('engine_exchangeCapabilities', []), result([])],
  ['a question to the engine', engine, call('eth_getBlockByNumber', '0x1', false), result(null)],
  ['a status', source, call('optimism_syncStatus'), result(status)],
  ['a status that cannot be read', source, call('optimism_syncStatus'), result({ current_l1: 7 })],
  ['a status that is refused', source, call('optimism_syncStatus'), failure(-32_000)],
])('an exchange tells the same whether it was text or not: %s', (_, role, message, answer) => {
  const text = trafficFact(role, {
    ...{ link: 'a→b', path: '/', durationMs: 2.6, requestBody: Buffer.from(JSON.stringify(message)) },
    status: answer === undefined ? null : 200,
    responseBody: answer === undefined ? null : Buffer.from(JSON.stringify(answer)),
  })
  const carried = callFact(role, { link: 'a→b', message, answer, durationMs: 2.6 })
  expect(JSON.stringify(carried)).toBe(JSON.stringify(text))
})
