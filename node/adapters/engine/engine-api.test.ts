import { createHmac } from 'node:crypto'
import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { type ForkName, forksActiveFrom } from '../../config/forks.ts'
import { JsonRpcError, JsonRpcTransportError } from '../../json-rpc/errors.ts'
import { createFakeRpc } from '../../json-rpc/testing/fake-rpc.ts'
import { testBlock } from '../../network/testing/blocks.ts'
import { EngineApiError, EngineAuthError } from '../../ports/engine-api.ts'
import type { PayloadAttributes } from '../../protocol/payload.ts'
import { payloadToJson } from '../../protocol/payload-json.ts'
import {
  createEngineApi,
  forkchoiceMethodVersion,
  getPayloadVersion,
  newPayloadVersion,
} from './engine-api.ts'
import { createEngineAuthHeaders } from './engine-jwt.ts'

const hash = (byte: string): Hash => `0x${byte.repeat(32)}`
const status = { status: 'VALID', latestValidHash: hash('01'), validationError: null }
const state = { headBlockHash: hash('01'), safeBlockHash: hash('02'), finalizedBlockHash: hash('03') }
const attributes: PayloadAttributes = {
  timestamp: 1_000n,
  prevRandao: hash('04'),
  suggestedFeeRecipient: `0x${'05'.repeat(20)}`,
  withdrawals: [],
  parentBeaconBlockRoot: hash('06'),
  transactions: ['0x7e01'],
  noTxPool: true,
  gasLimit: 30_000_000n,
  eip1559Params: '0x000000fa00000006',
}

function engine(answers: Record<string, unknown>, last: ForkName = 'isthmus') {
  const rpc = createFakeRpc(answers)
  return { api: createEngineApi({ rpc, forks: forksActiveFrom(last), secretName: '/run/jwt' }), rpc }
}

describe('method versions', () => {
  it.each<[ForkName, number, number, number]>([
    ['regolith', 2, 2, 2],
    ['canyon', 2, 2, 2],
    ['delta', 2, 2, 2],
    ['ecotone', 3, 3, 3],
    ['fjord', 3, 3, 3],
    ['granite', 3, 3, 3],
    ['holocene', 3, 3, 3],
    ['isthmus', 4, 4, 3],
    ['jovian', 4, 4, 3],
    ['karst', 4, 5, 3],
  ])('%s: newPayload V%i, getPayload V%i, forkchoice with attributes V%i', (last, given, got, forkchoice) => {
    const forks = forksActiveFrom(last, 500n)
    expect(newPayloadVersion(forks, 500n)).toBe(given)
    expect(getPayloadVersion(forks, 500n)).toBe(got)
    expect(forkchoiceMethodVersion(forks, { timestamp: 500n })).toBe(forkchoice)
    expect(newPayloadVersion(forks, 499n)).toBe(2)
    expect(getPayloadVersion(forks, 499n)).toBe(2)
    expect(forkchoiceMethodVersion(forks, { timestamp: 499n })).toBe(2)
    expect(forkchoiceMethodVersion(forks, undefined)).toBe(3)
  })
})

describe('engine API', () => {
  it('inserts a payload with what its version adds', async () => {
    const isthmus = engine({ engine_newPayloadV4: status })
    const block = testBlock({ timestamp: 1_000n })
    expect(await isthmus.api.newPayload(block)).toEqual(status)
    expect(isthmus.rpc.asked).toEqual([
      ['engine_newPayloadV4', [payloadToJson(block.payload), [], block.parentBeaconBlockRoot, []]],
    ])
    const ecotone = engine({ engine_newPayloadV3: status }, 'ecotone')
    const older = testBlock({ timestamp: 1_000n, version: 2 })
    await ecotone.api.newPayload(older)
    expect(ecotone.rpc.asked).toEqual([
      ['engine_newPayloadV3', [payloadToJson(older.payload), [], older.parentBeaconBlockRoot]],
    ])
    const canyon = engine({ engine_newPayloadV2: status }, 'canyon')
    const oldest = testBlock({ timestamp: 1_000n, version: 1 })
    await canyon.api.newPayload(oldest)
    expect(canyon.rpc.asked).toEqual([['engine_newPayloadV2', [payloadToJson(oldest.payload)]]])
  })

  it('updates the forkchoice, with and without attributes', async () => {
    const { api, rpc } = engine({
      engine_forkchoiceUpdatedV3: { payloadStatus: status, payloadId: '0x0102030405060708' },
    })
    expect(await api.forkchoiceUpdated(state)).toEqual({
      payloadStatus: status,
      payloadId: '0x0102030405060708',
    })
    await api.forkchoiceUpdated(state, attributes)
    expect(rpc.asked).toEqual([
      ['engine_forkchoiceUpdatedV3', [state, null]],
      ['engine_forkchoiceUpdatedV3', [state, { ...attributes, timestamp: '0x3e8', gasLimit: '0x1c9c380' }]],
    ])
  })

  it('fetches a built payload with the root beside it', async () => {
    const block = testBlock({ timestamp: 1_000n })
    const { api, rpc } = engine({
      engine_getPayloadV4: {
        executionPayload: payloadToJson(block.payload),
        blockValue: '0x0',
        blobsBundle: {},
        parentBeaconBlockRoot: block.parentBeaconBlockRoot,
      },
    })
    expect(await api.getPayload('0x0102030405060708', 1_000n)).toEqual(block)
    expect(rpc.asked).toEqual([['engine_getPayloadV4', ['0x0102030405060708']]])
  })

  it('fetches a Karst block in the envelope of Osaka, and inserts it as Prague does', async () => {
    const block = testBlock({ timestamp: 1_000n })
    const { api, rpc } = engine(
      {
        engine_getPayloadV5: {
          executionPayload: payloadToJson(block.payload),
          blockValue: '0x0',
          blobsBundle: { commitments: [], proofs: [], blobs: [] },
          shouldOverrideBuilder: false,
          parentBeaconBlockRoot: block.parentBeaconBlockRoot,
          executionRequests: [],
        },
        engine_newPayloadV4: status,
        engine_exchangeCapabilities: [],
      },
      'karst',
    )
    expect(await api.getPayload('0x0102030405060708', 1_000n)).toEqual(block)
    await api.newPayload(block)
    await api.exchangeCapabilities()
    expect(rpc.asked).toEqual([
      ['engine_getPayloadV5', ['0x0102030405060708']],
      ['engine_newPayloadV4', expect.anything()],
      ['engine_exchangeCapabilities', [expect.arrayContaining(['engine_getPayloadV5'])]],
    ])
  })

  it.each([-38001, -38002, -38003, -38004, -38005, -38099])('gives code %i to the node', async (code) => {
    const { api } = engine({ engine_forkchoiceUpdatedV3: new JsonRpcError(code, 'no') })
    const error = await api.forkchoiceUpdated(state).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EngineApiError)
    expect(error).toMatchObject({ code, message: 'engine_forkchoiceUpdatedV3: no' })
  })

  it.each([
    ['an error of the server', new JsonRpcError(-32000, 'busy')],
    ['a code beyond the Engine API', new JsonRpcError(-38100, 'other')],
    ['an engine that is not there', new JsonRpcTransportError('down')],
    ['a gateway in the way', new JsonRpcTransportError('bad gateway', { status: 502 })],
  ])('leaves %s temporary', async (_, thrown) => {
    const { api } = engine({ engine_forkchoiceUpdatedV3: thrown })
    await expect(api.forkchoiceUpdated(state)).rejects.toBe(thrown)
  })

  it('takes an engine, or a proxy for it, that does not tell its capabilities', async () => {
    const { api } = engine({ engine_exchangeCapabilities: new JsonRpcError(-32601, 'method not found') })
    expect(await api.exchangeCapabilities()).toEqual([])
    const broken = engine({ engine_exchangeCapabilities: new JsonRpcError(-32603, 'internal') })
    await expect(broken.api.exchangeCapabilities()).rejects.toThrow('internal')
  })

  it.each([
    [401, /^engine at http:\/\/127\.0\.0\.1:1 refused the JWT secret in \/run\/jwt: /],
    [403, /^engine at http:\/\/127\.0\.0\.1:1 forbids calls: .*\/run\/jwt.*--authrpc\.vhosts/],
  ])('says what the engine refused with HTTP %i, and no secret', async (code, said) => {
    const { api } = engine({ engine_exchangeCapabilities: new JsonRpcTransportError('x', { status: code }) })
    const error = await api.exchangeCapabilities().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(EngineAuthError)
    expect((error as Error).message).toMatch(said)
    expect((error as Error).message).not.toContain('secret/')
  })

  it.each([
    ['a status that there is none of', 'engine_newPayloadV4', { ...status, status: 'MAYBE' }],
    ['no object', 'engine_newPayloadV4', 'VALID'],
    ['null', 'engine_newPayloadV4', null],
  ])('refuses %s', async (_, method, answer) => {
    const { api } = engine({ [method]: answer })
    await expect(api.newPayload(testBlock({ timestamp: 1_000n }))).rejects.toThrow(/not valid/)
  })

  it('refuses a built payload without a field', async () => {
    const { parentHash: _, ...rest } = payloadToJson(testBlock({ timestamp: 1_000n }).payload)
    const { api } = engine({ engine_getPayloadV4: { executionPayload: rest } })
    await expect(api.getPayload('0x0102030405060708', 1_000n)).rejects.toThrow(/parentHash/)
  })
})

describe('engine JWT', () => {
  it('is HS256 over a fresh iat', () => {
    const secret = new Uint8Array(32).fill(7)
    let nowMs = 1_700_000_000_999
    const headers = createEngineAuthHeaders(secret, { nowMs: () => nowMs, sleep: async () => {} })
    const parts = (headers()['authorization'] as string).replace('Bearer ', '').split('.')
    const decode = (part: string | undefined) =>
      JSON.parse(Buffer.from(part as string, 'base64url').toString()) as unknown
    expect(decode(parts[0])).toEqual({ alg: 'HS256', typ: 'JWT' })
    expect(decode(parts[1])).toEqual({ iat: 1_700_000_000 })
    expect(parts[2]).toBe(createHmac('sha256', secret).update(`${parts[0]}.${parts[1]}`).digest('base64url'))
    nowMs += 61_000
    expect(decode((headers()['authorization'] as string).split('.')[1])).toEqual({ iat: 1_700_000_061 })
  })
})
