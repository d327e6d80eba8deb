import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import type { ExecutedBlock } from '../execution/types.ts'
import { bodiesMax, payloadBodiesMethods } from './payload-bodies.ts'

const hashOf = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`
const blocks = [0, 1, 2, 3].map(
  (number) =>
    ({
      hash: hashOf(number),
      header: { number: BigInt(number) },
      envelope: { payload: { transactions: [`0x0${number}`], ...(number > 1 ? { withdrawals: [] } : {}) } },
    }) as unknown as ExecutedBlock,
)
const methods = payloadBodiesMethods({
  head: blocks[3]!,
  byHash: (hash) => blocks.find((block) => block.hash === hash),
  byNumber: (number) => blocks[Number(number)],
})
const byHash = (...params: unknown[]) => methods.get('engine_getPayloadBodiesByHashV1')!(params)
const byRange = (...params: unknown[]) => methods.get('engine_getPayloadBodiesByRangeV1')!(params)
const body = (number: number) => ({
  transactions: [`0x0${number}`],
  withdrawals: number > 1 ? [] : null,
})

describe('engine_getPayloadBodies', () => {
  it('by hash: in the order of the request, null for what is not here', () => {
    expect(byHash([hashOf(3), hashOf(9), hashOf(1)])).toEqual([body(3), null, body(1)])
  })

  it('by range: up to the head, without trailing nulls', () => {
    expect(byRange('0x2', '0x5')).toEqual([body(2), body(3)])
    expect(byRange('0x1', '0x2')).toEqual([body(1), body(2)])
    expect(byRange('0x9', '0x2')).toEqual([])
  })

  it.each([
    ['more bodies than the limit', () => byRange('0x1', `0x${(bodiesMax + 1n).toString(16)}`), -38004],
    ['more hashes than the limit', () => byHash(Array(Number(bodiesMax) + 1).fill(hashOf(1))), -38004],
    ['a start of 0', () => byRange('0x0', '0x1'), -32602],
    ['a count of 0', () => byRange('0x1', '0x0'), -32602],
    ['what is no hash', () => byHash(['0x01']), -32602],
  ] as const)('refuses %s', (_name, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }))
  })
})
