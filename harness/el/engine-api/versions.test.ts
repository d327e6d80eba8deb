import { describe, expect, it } from 'vitest'
import type { ExecutionPayload, PayloadAttributes } from '../../../node/protocol/payload.ts'
import {
  checkAttributes,
  checkGetPayload,
  checkNewPayload,
  engineForkAt,
  type ForkchoiceVersion,
  type GetPayloadVersion,
  type NewPayloadVersion,
} from './versions.ts'

const forks = {
  regolith: 0n,
  canyon: 10n,
  delta: 10n,
  ecotone: 20n,
  fjord: 20n,
  granite: 20n,
  holocene: 30n,
  isthmus: 40n,
  jovian: 50n,
  karst: 60n,
}
const times = { paris: 5n, shanghai: 15n, cancun: 25n, holocene: 35n, prague: 45n, jovian: 55n, karst: 65n }
type Time = keyof typeof times

describe('engineForkAt', () => {
  it.each([
    ['paris', 'paris'],
    ['shanghai', 'shanghai'],
    ['cancun', 'cancun'],
    ['holocene', 'cancun'],
    ['prague', 'prague'],
    ['jovian', 'prague'],
    ['karst', 'osaka'],
  ] as const)('%s', (time, fork) => expect(engineForkAt(forks, times[time])).toBe(fork))
})

function payload(time: Time, over: Partial<Record<keyof ExecutionPayload, unknown>> = {}): ExecutionPayload {
  const timestamp = times[time]
  return {
    timestamp,
    ...(timestamp >= 10n ? { withdrawals: [] } : {}),
    ...(timestamp >= 20n ? { blobGasUsed: 0n, excessBlobGas: 0n } : {}),
    ...over,
  } as ExecutionPayload
}
const given = { versionedHashes: [], parentBeaconBlockRoot: '0x', executionRequests: [] }

describe('checkNewPayload: fork and version', () => {
  const codes: Record<Time, readonly (number | null)[]> = {
    paris: [null, null, -32602, -32602],
    shanghai: [-32602, null, -32602, -32602],
    cancun: [-32602, -32602, null, -38005],
    holocene: [-32602, -32602, null, -38005],
    prague: [-32602, -32602, -38005, null],
    jovian: [-32602, -32602, -38005, null],
    karst: [-32602, -32602, -38005, null],
  }
  it.each(
    Object.entries(codes).flatMap(([time, row]) =>
      row.map((code, index) => [time, index + 1, code] as const),
    ),
  )('%s payload by V%i → %s', (time, version, code) => {
    const refusal = checkNewPayload(version as NewPayloadVersion, forks, payload(time as Time), given)
    expect(refusal?.code ?? null).toBe(code)
  })
})

describe('checkNewPayload: fields', () => {
  it.each([
    [2, payload('shanghai', { withdrawals: undefined }), given, /nil withdrawals/],
    [2, payload('paris', { withdrawals: [] }), given, /non-nil withdrawals/],
    [2, payload('shanghai', { excessBlobGas: 0n }), given, /non-nil excessBlobGas/],
    [2, payload('shanghai', { blobGasUsed: 0n }), given, /non-nil blobGasUsed/],
    [3, payload('cancun', { excessBlobGas: undefined }), given, /nil excessBlobGas/],
    [3, payload('cancun', { blobGasUsed: undefined }), given, /nil blobGasUsed/],
    [3, payload('cancun'), { ...given, versionedHashes: null }, /nil versionedHashes/],
    [3, payload('cancun'), { ...given, parentBeaconBlockRoot: null }, /nil parentBeaconBlockRoot/],
    [4, payload('prague'), { ...given, executionRequests: null }, /nil executionRequests/],
  ])('V%i: %#', (version, value, extras, message) => {
    const refusal = checkNewPayload(version as NewPayloadVersion, forks, value, extras)
    expect(refusal).toMatchObject({ code: -32602, message: expect.stringMatching(message) })
  })
})

function attributes(
  time: Time,
  over: Partial<Record<keyof PayloadAttributes, unknown>> = {},
): PayloadAttributes {
  const timestamp = times[time]
  return {
    timestamp,
    ...(timestamp >= 10n ? { withdrawals: [] } : {}),
    ...(timestamp >= 20n ? { parentBeaconBlockRoot: `0x${'00'.repeat(32)}` } : {}),
    ...(timestamp >= 30n ? { eip1559Params: '0x0000000000000000' } : {}),
    ...(timestamp >= 50n ? { minBaseFee: 0n } : {}),
    ...over,
  } as PayloadAttributes
}

describe('checkAttributes: fork and version', () => {
  const codes: Record<Time, readonly (number | null)[]> = {
    paris: [null, null, -38003],
    shanghai: [-32602, null, -38003],
    cancun: [-32602, -38003, null],
    holocene: [-32602, -38003, null],
    prague: [-32602, -38003, null],
    jovian: [-32602, -38003, null],
    karst: [-32602, -38003, null],
  }
  it.each(
    Object.entries(codes).flatMap(([time, row]) =>
      row.map((code, index) => [time, index + 1, code] as const),
    ),
  )('%s attributes by V%i → %s', (time, version, code) => {
    const refusal = checkAttributes(version as ForkchoiceVersion, forks, attributes(time as Time))
    expect(refusal?.code ?? null).toBe(code)
  })
})

describe('checkAttributes: fields', () => {
  it.each([
    [1, 'shanghai', { withdrawals: undefined }, -32602, /post-shanghai/],
    [2, 'paris', { withdrawals: [] }, -38003, /before shanghai/],
    [2, 'shanghai', { withdrawals: undefined }, -38003, /missing withdrawals/],
    [2, 'cancun', { parentBeaconBlockRoot: undefined }, -38005, /paris and shanghai/],
    [3, 'cancun', { withdrawals: undefined }, -38003, /missing withdrawals/],
    [3, 'cancun', { parentBeaconBlockRoot: undefined }, -38003, /missing beacon root/],
    [3, 'shanghai', { parentBeaconBlockRoot: '0x' }, -38005, /cancun and later/],
    [3, 'cancun', { withdrawals: [{}] }, -38003, /empty list/],
    [3, 'cancun', { eip1559Params: '0x0000000100000001' }, -38003, /before Holocene/],
    [3, 'holocene', { eip1559Params: undefined }, -38003, /missing eip1559Params/],
    [3, 'holocene', { eip1559Params: '0x0000000000000006' }, -38003, /zero denominator/],
    [3, 'holocene', { eip1559Params: '0x0000000600000000' }, -38003, /zero elasticity/],
    [3, 'prague', { minBaseFee: 1n }, -38003, /before Jovian/],
    [3, 'jovian', { minBaseFee: undefined }, -38003, /missing minBaseFee/],
  ] as const)('V%i %s: %#', (version, time, over, code, message) => {
    expect(checkAttributes(version, forks, attributes(time, over))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    })
  })

  it('accepts a full set of parameters', () => {
    const params = { eip1559Params: '0x000000fa00000006', minBaseFee: 7n }
    expect(checkAttributes(3, forks, attributes('jovian', params))).toBeNull()
  })
})

describe('checkGetPayload', () => {
  const codes: Record<Time, readonly (number | null)[]> = {
    paris: [null, null, -38005, -38005, -38005],
    shanghai: [-38005, null, -38005, -38005, -38005],
    cancun: [-38005, -38005, null, -38005, -38005],
    holocene: [-38005, -38005, null, -38005, -38005],
    prague: [-38005, -38005, -38005, null, -38005],
    jovian: [-38005, -38005, -38005, null, -38005],
    karst: [-38005, -38005, -38005, -38005, null],
  }
  it.each(
    Object.entries(codes).flatMap(([time, row]) =>
      row.map((code, index) => [time, index + 1, code] as const),
    ),
  )('%s payload by V%i → %s', (time, version, code) => {
    const refusal = checkGetPayload(version as GetPayloadVersion, forks, times[time as Time])
    expect(refusal?.code ?? null).toBe(code)
  })
})
