import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DecodeError } from './byte-reader.ts'
import { bytesEqual } from './bytes.ts'
import type { ExecutionPayload } from './payload.ts'
import { decodePayloadSsz, encodePayloadSsz, type PayloadVersion } from './payload-ssz.ts'
import { payload } from './testing/arbitraries.ts'

const versions: PayloadVersion[] = [0, 1, 2, 3]
/** The fixed part of each version, in bytes. */
const fixed = [508, 512, 528, 560] as const

describe('payload SSZ', () => {
  it.each(versions)('version %i decodes what is encoded', (version) => {
    fc.assert(
      fc.property(payload(version), (value) => {
        expect(decodePayloadSsz(encodePayloadSsz(value, version), version)).toEqual(value)
      }),
    )
  })

  const sample = (version: PayloadVersion): ExecutionPayload => ({
    ...fc.sample(payload(version), { numRuns: 1, seed: 5 })[0]!,
    extraData: '0xe0e1',
    transactions: ['0x02aa', '0x', '0x7ebbcc'],
    baseFeePerGas: 0x0102n,
    blockNumber: 0x0304n,
  })

  it('has its integers in little endian and its parts one after the other', () => {
    const bytes = encodePayloadSsz(sample(3), 3)
    const view = new DataView(bytes.buffer)
    expect([bytes[404], bytes[405]]).toEqual([4, 3])
    expect([bytes[440], bytes[441]]).toEqual([2, 1])
    expect(view.getUint32(436, true)).toBe(560)
    expect(view.getUint32(504, true)).toBe(562)
    expect(view.getUint32(508, true)).toBe(bytes.length)
    expect([0, 4, 8].map((offset) => view.getUint32(562 + offset, true))).toEqual([12, 14, 14])
    expect(bytes.length).toBe(562 + 12 + 5)
  })

  /** A valid encoding with one 32-bit integer changed. */
  const withOffset = (version: PayloadVersion, at: number, change: (old: number) => number) => {
    const bytes = encodePayloadSsz(sample(version), version)
    const view = new DataView(bytes.buffer)
    view.setUint32(at, change(view.getUint32(at, true)) >>> 0, true)
    return bytes
  }
  const valid = encodePayloadSsz(sample(1), 1)
  const start = fixed[1] + 2

  it.each([
    ['less than the fixed part', valid.subarray(0, 511)],
    ['nothing', new Uint8Array()],
    ['extraData before its place', withOffset(1, 436, (old) => old - 1)],
    ['extraData after its place', withOffset(1, 436, (old) => old + 1)],
    ['transactions before extraData', withOffset(1, 504, () => fixed[1] - 1)],
    ['33 bytes of extraData', withOffset(1, 504, () => fixed[1] + 33)],
    ['transactions after the end', withOffset(1, 504, () => 0xffff_ffff)],
    ['withdrawals before the end', withOffset(1, 508, (old) => old - 44)],
    ['withdrawals after the end', withOffset(1, 508, (old) => old + 1)],
    ['a first transaction offset of 0', withOffset(1, start, () => 0)],
    ['a first transaction offset that is no multiple of 4', withOffset(1, start, () => 13)],
    ['a first transaction offset after the end', withOffset(1, start, () => 1000)],
    ['transactions that go backwards', withOffset(1, start + 4, () => 8)],
    ['a transaction after the end', withOffset(1, start + 8, () => 1000)],
    ['a partial transaction offset', encodePayloadSsz({ ...sample(0), transactions: [] }, 0)],
  ])('refuses %s', (name, bytes) => {
    const version = name.startsWith('a partial') ? 0 : 1
    const input = version === 0 ? new Uint8Array([...bytes, 1, 0]) : bytes
    expect(() => decodePayloadSsz(input, version)).toThrow(DecodeError)
  })

  it('accepts only what encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.nat(valid.length - 1), fc.integer({ min: 1, max: 255 }), (index, flip) => {
        const changed = valid.with(index, valid[index]! ^ flip)
        let decoded: ExecutionPayload
        try {
          decoded = decodePayloadSsz(changed, 1)
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError)
          return
        }
        expect(bytesEqual(encodePayloadSsz(decoded, 1), changed)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [
      'withdrawals',
      1,
      { withdrawals: [{ index: 0n, validatorIndex: 0n, address: `0x${'00'.repeat(20)}`, amount: 0n }] },
    ],
    ['33 bytes of extraData', 1, { extraData: `0x${'00'.repeat(33)}` }],
    ['no blob gas in version 2', 2, {}],
    ['no withdrawals root in version 3', 3, { blobGasUsed: 0n, excessBlobGas: 0n }],
  ] satisfies [string, PayloadVersion, Partial<ExecutionPayload>][])(
    'does not encode %s',
    (_name, version, change) => {
      expect(() => encodePayloadSsz({ ...sample(1), ...change }, version)).toThrow(DecodeError)
    },
  )
})
