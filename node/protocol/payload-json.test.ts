import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonFormatError } from './json-schema.ts'
import type { PayloadAttributes } from './payload.ts'
import {
  attributesFromJson,
  attributesToJson,
  forkchoiceResultFromJson,
  forkchoiceResultToJson,
  forkchoiceStateFromJson,
  payloadEnvelopeFromJson,
  payloadFromJson,
  payloadStatusFromJson,
  payloadToJson,
} from './payload-json.ts'
import type { PayloadVersion } from './payload-ssz.ts'
import { address, fixedHex, hash, hex, payload, payloadEnvelope, uint64 } from './testing/arbitraries.ts'
import { payloadEnvelopeToJson } from './testing/payload-envelope-to-json.ts'

const overTheWire = (json: unknown): unknown => JSON.parse(JSON.stringify(json))
const versions: PayloadVersion[] = [0, 1, 2, 3]

describe('payloads', () => {
  it.each(versions)('version %i reads what is written', (version) => {
    fc.assert(
      fc.property(payloadEnvelope(version), (envelope) => {
        expect(payloadFromJson(overTheWire(payloadToJson(envelope.payload)))).toEqual(envelope.payload)
        expect(payloadEnvelopeFromJson(overTheWire(payloadEnvelopeToJson(envelope)))).toEqual(envelope)
      }),
    )
  })

  const json = () => {
    const [sample] = fc.sample(payload(3), { numRuns: 1, seed: 7 })
    return { ...payloadToJson(sample!), blockNumber: '0x10', transactions: ['0xABcd'] }
  }

  it('takes null for a field of a later fork, extra fields, and any case of hex digits', () => {
    const read = payloadFromJson({ ...json(), withdrawalsRoot: null, blockValue: '0x1' })
    expect(read).not.toHaveProperty('withdrawalsRoot')
    expect(read).not.toHaveProperty('blockValue')
    expect(read.transactions).toEqual(['0xabcd'])
    expect(read.blockNumber).toBe(16n)
  })

  it.each([
    ['no object', null, '(root)'],
    ['a quantity as a number', { ...json(), blockNumber: 16 }, 'blockNumber'],
    ['a quantity with a leading zero', { ...json(), gasLimit: '0x010' }, 'gasLimit'],
    ['an empty quantity', { ...json(), gasLimit: '0x' }, 'gasLimit'],
    ['a uint64 of 65 bits', { ...json(), timestamp: '0x10000000000000000' }, 'timestamp'],
    ['a base fee of 257 bits', { ...json(), baseFeePerGas: `0x1${'0'.repeat(64)}` }, 'baseFeePerGas'],
    ['a hash of 31 bytes', { ...json(), parentHash: `0x${'00'.repeat(31)}` }, 'parentHash'],
    ['a hash that is no hex', { ...json(), stateRoot: `0x${'zz'.repeat(32)}` }, 'stateRoot'],
    ['extraData of 33 bytes', { ...json(), extraData: `0x${'00'.repeat(33)}` }, 'extraData'],
    ['half a byte in a transaction', { ...json(), transactions: ['0x0'] }, 'transactions.0'],
    [
      'too many withdrawals',
      { ...json(), withdrawals: Array.from({ length: 17 }, () => ({})) },
      'withdrawals',
    ],
  ])('refuses %s', (_name, bad, field) => {
    expect(() => payloadFromJson(bad)).toThrow(JsonFormatError)
    expect(() => payloadFromJson(bad)).toThrow(field)
  })
})

describe('payload attributes', () => {
  const arbitrary = fc.record(
    {
      timestamp: uint64,
      prevRandao: hash,
      suggestedFeeRecipient: address,
      withdrawals: fc.constant([]),
      parentBeaconBlockRoot: hash,
      transactions: fc.array(hex()),
      noTxPool: fc.boolean(),
      gasLimit: uint64,
      eip1559Params: fixedHex(8),
      minBaseFee: uint64,
    },
    {
      requiredKeys: [
        'timestamp',
        'prevRandao',
        'suggestedFeeRecipient',
        'transactions',
        'noTxPool',
        'gasLimit',
      ],
    },
  ) as fc.Arbitrary<PayloadAttributes>

  it('reads what is written', () => {
    fc.assert(
      fc.property(arbitrary, (attributes) => {
        expect(attributesFromJson(overTheWire(attributesToJson(attributes)))).toEqual(attributes)
      }),
    )
  })

  const [attributes] = fc.sample(arbitrary, { numRuns: 1, seed: 3 })
  const json = attributesToJson(attributes!)

  it('sends the minimum base fee as a number, as engines expect, and takes a quantity too', () => {
    expect(attributesToJson({ ...attributes!, minBaseFee: 7n })['minBaseFee']).toBe(7)
    expect(attributesFromJson({ ...json, minBaseFee: '0x7' }).minBaseFee).toBe(7n)
  })

  it('takes absent transactions and pool flag as none and false', () => {
    const { transactions: _transactions, noTxPool: _noTxPool, ...rest } = json
    expect(attributesFromJson({ ...rest, eip1559Params: null })).toMatchObject({
      transactions: [],
      noTxPool: false,
    })
  })

  it.each([
    ['no gas limit', { gasLimit: undefined }, 'gasLimit'],
    ['EIP-1559 parameters of 9 bytes', { eip1559Params: `0x${'00'.repeat(9)}` }, 'eip1559Params'],
    ['a fractional minimum base fee', { minBaseFee: 0.5 }, 'minBaseFee'],
    ['a pool flag that is no boolean', { noTxPool: 1 }, 'noTxPool'],
  ])('refuses %s', (_name, change, field) => {
    expect(() => attributesFromJson({ ...json, ...change })).toThrow(field)
  })
})

describe('answers of the engine', () => {
  it('reads what is written', () => {
    const status = fc.record({
      status: fc.constantFrom('VALID', 'INVALID', 'SYNCING', 'ACCEPTED', 'INVALID_BLOCK_HASH'),
      latestValidHash: fc.option(hash),
      validationError: fc.option(fc.string()),
    })
    const result = fc.record({ payloadStatus: status, payloadId: fc.option(fixedHex(8)) })
    fc.assert(
      fc.property(result, (value) => {
        expect(forkchoiceResultFromJson(overTheWire(forkchoiceResultToJson(value)))).toEqual(value)
      }),
    )
  })

  it('takes absent members as null', () => {
    const expected = { status: 'SYNCING', latestValidHash: null, validationError: null }
    expect(payloadStatusFromJson({ status: 'SYNCING' })).toEqual(expected)
    expect(forkchoiceResultFromJson({ payloadStatus: { status: 'SYNCING' } })).toEqual({
      payloadStatus: expected,
      payloadId: null,
    })
  })

  it('refuses an unknown status, a short payload id and a missing hash', () => {
    expect(() => payloadStatusFromJson({ status: 'FINE' })).toThrow('status')
    expect(() => forkchoiceResultFromJson({ payloadStatus: { status: 'VALID' }, payloadId: '0x01' })).toThrow(
      'payloadId',
    )
    expect(() => forkchoiceStateFromJson({ headBlockHash: `0x${'00'.repeat(32)}` })).toThrow('safeBlockHash')
  })

  it('bounds the text of a validation error', () => {
    const read = payloadStatusFromJson({ status: 'INVALID', validationError: 'x'.repeat(20_000) })
    expect(read.validationError).toHaveLength(10_000)
  })
})
