import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFakeL1 } from '../ports/testing/fake-l1.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { childOf, createTestChain, userTransaction } from './testing/test-chain.ts'
import { createUnsafePayloadQueue } from './unsafe-payload-queue.ts'

const l1 = createFakeL1()
const { config, genesis } = createTestChain(l1.at(0n))
const chain = (parent: PayloadEnvelope, count: number, name?: string): PayloadEnvelope[] => {
  const blocks: PayloadEnvelope[] = []
  for (let index = 0; index < count; index++)
    blocks.push(
      childOf(config, blocks.at(-1) ?? parent, l1.at(0n), name === undefined ? [] : [userTransaction(name)]),
    )
  return blocks
}
const id = ({ payload }: PayloadEnvelope) => ({ hash: payload.blockHash, number: payload.blockNumber })
const base = id(genesis)
const a = chain(genesis, 8)

describe('unsafe payload queue', () => {
  it('gives each payload when its parent is the head, whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(a, { minLength: 8, maxLength: 8 }), (arrival) => {
        const queue = createUnsafePayloadQueue()
        for (const envelope of arrival) queue.add(envelope, base)
        const applied: PayloadEnvelope[] = []
        let head = base
        for (let next = queue.childOf(head); next !== undefined; next = queue.childOf(head)) {
          applied.push(next)
          queue.remove(next.payload.blockHash)
          head = id(next)
        }
        expect(applied).toEqual(a)
        expect(queue).toMatchObject({ length: 0, bytes: 0 })
      }),
    )
  })

  it('names the first payload beyond a gap, and none while there is no gap', () => {
    const queue = createUnsafePayloadQueue()
    queue.add(a[0]!, base)
    expect(queue.firstBeyond(base)).toBeUndefined()
    for (const index of [6, 4]) queue.add(a[index]!, base)
    expect(queue.firstBeyond(base)).toBe(a[4])
    expect(queue.firstBeyond(id(a[5]!))).toBeUndefined()
  })

  it('keeps what lies above safe although the unsafe head has passed it', () => {
    const queue = createUnsafePayloadQueue()
    const other = chain(a[1]!, 2, 'other')
    expect(queue.add(other[0]!, id(a[0]!)).verdict).toBe('queued')
    expect(queue.childOf(id(a[1]!))).toBe(other[0])
  })

  it('prefers the replacement that came last', () => {
    const queue = createUnsafePayloadQueue()
    const [other] = chain(genesis, 1, 'other')
    for (const envelope of [a[0]!, other!]) queue.add(envelope, base)
    expect(queue.childOf(base)).toBe(other)
  })

  it('refuses what is stale or known already', () => {
    const queue = createUnsafePayloadQueue()
    expect(queue.add(a[2]!, id(a[2]!)).verdict).toBe('stale')
    expect(queue.add(a[3]!, id(a[2]!)).verdict).toBe('queued')
    expect(queue.add(a[3]!, id(a[2]!)).verdict).toBe('duplicate')
  })

  it('drops everything at or below safe', () => {
    const queue = createUnsafePayloadQueue()
    for (const envelope of a) queue.add(envelope, base)
    expect(queue.dropStale(id(a[4]!))).toBe(5)
    expect(queue.length).toBe(3)
    expect(queue.childOf(id(a[4]!))).toBe(a[5])
  })

  it('evicts the highest first when it holds too many', () => {
    const queue = createUnsafePayloadQueue({ payloadsMax: 3, bytesMax: Number.MAX_SAFE_INTEGER })
    for (const index of [1, 5, 3]) queue.add(a[index]!, base)
    expect(queue.add(a[0]!, base)).toEqual({ verdict: 'queued', evicted: 1 })
    expect(queue.firstBeyond(id(a[3]!))).toBeUndefined()
    expect(queue.add(a[7]!, base)).toEqual({ verdict: 'full', evicted: 0 })
    expect(queue.length).toBe(3)
  })

  it('evicts by bytes', () => {
    const one = createUnsafePayloadQueue()
    one.add(a[0]!, base)
    const queue = createUnsafePayloadQueue({ payloadsMax: 100, bytesMax: one.bytes * 2 })
    for (const envelope of a.toReversed()) queue.add(envelope, base)
    expect(queue.length).toBe(2)
    expect(queue.bytes).toBeLessThanOrEqual(one.bytes * 2)
    expect(queue.childOf(base)).toBe(a[0])
  })

  it('removes the descendants of an invalid payload, and nothing else', () => {
    const queue = createUnsafePayloadQueue()
    const side = chain(a[1]!, 2, 'side')
    for (const envelope of [...a, ...side]) queue.add(envelope, base)
    expect(queue.removeDescendants(a[2]!.payload.blockHash)).toBe(5)
    expect(queue.childOf(id(a[1]!))).toBe(side[0])
    expect(queue.childOf(id(a[2]!))).toBeUndefined()
  })
})
