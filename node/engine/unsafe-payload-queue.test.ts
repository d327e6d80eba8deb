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
const at = (envelope: PayloadEnvelope, safe = envelope) => ({ unsafe: id(envelope), safe: id(safe) })
const bytesOf = (envelope: PayloadEnvelope) => {
  const queue = createUnsafePayloadQueue()
  queue.add(envelope, start)
  return queue.bytes
}
const base = id(genesis)
const start = at(genesis)
const a = chain(genesis, 8)

describe('unsafe payload queue', () => {
  it('gives each payload when its parent is the head, whatever the order of arrival', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(a, { minLength: 8, maxLength: 8 }), (arrival) => {
        const queue = createUnsafePayloadQueue()
        for (const envelope of arrival) queue.add(envelope, start)
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

  it('ends at the same head whatever the order and the repetitions, applied while they arrive', () => {
    const someTwice = fc.shuffledSubarray([...a, ...a], { minLength: 16, maxLength: 16 })
    fc.assert(
      fc.property(someTwice, fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }), (arrival, applies) => {
        const queue = createUnsafePayloadQueue()
        let head = genesis
        const apply = () => {
          for (let next = queue.childOf(id(head)); next !== undefined; next = queue.childOf(id(head))) {
            queue.remove(next.payload.blockHash)
            head = next
          }
        }
        arrival.forEach((envelope, index) => {
          queue.add(envelope, at(head, genesis))
          if (applies[index]) apply()
        })
        apply()
        expect(head).toBe(a.at(-1))
        expect(queue.highest()?.payload.blockNumber ?? 0n).toBeLessThanOrEqual(head.payload.blockNumber)
      }),
    )
  })

  it('never gives up what is needed next, whatever fills it', () => {
    const fork = chain(genesis, 8, 'fork')
    const bytesMin = Math.max(...[...a, ...fork].map(bytesOf))
    const limits = fc.record({
      payloadsMax: fc.integer({ min: 1, max: 5 }),
      bytesMax: fc.integer({ min: bytesMin, max: bytesMin * 4 }),
    })
    const arrivals = fc.array(fc.constantFrom(...a, ...fork), { maxLength: 24 })
    fc.assert(
      fc.property(limits, arrivals, fc.integer({ min: 0, max: 7 }), (limit, arrival, headAt) => {
        const queue = createUnsafePayloadQueue(limit)
        const head = headAt === 0 ? genesis : a[headAt - 1]!
        let offered = false
        for (const envelope of arrival) {
          queue.add(envelope, at(head, genesis))
          offered ||= envelope.payload.parentHash === id(head).hash
          expect(queue.childOf(id(head)) !== undefined).toBe(offered)
          expect(queue.length).toBeLessThanOrEqual(limit.payloadsMax)
          expect(queue.bytes).toBeLessThanOrEqual(limit.bytesMax)
        }
      }),
    )
  })

  it('gives up what the unsafe head has passed before anything that is still to come', () => {
    const queue = createUnsafePayloadQueue({ payloadsMax: 3, bytesMax: Number.MAX_SAFE_INTEGER })
    const side = chain(genesis, 3, 'side')
    for (const envelope of side) queue.add(envelope, at(a[5]!, genesis))
    for (const index of [7, 6])
      expect(queue.add(a[index]!, at(a[5]!, genesis))).toEqual({ verdict: 'queued', evicted: 1 })
    expect(queue.childOf(id(a[5]!))).toBe(a[6])
    expect(queue.childOf(id(side[1]!))).toBe(side[2])
  })

  it('refuses a payload that alone is more than the queue may hold', () => {
    const queue = createUnsafePayloadQueue({ payloadsMax: 3, bytesMax: 100 })
    expect(queue.add(a[0]!, start)).toEqual({ verdict: 'full', evicted: 0 })
    expect(queue).toMatchObject({ length: 0, bytes: 0 })
  })

  it('knows the highest payload, the last of several', () => {
    const queue = createUnsafePayloadQueue()
    expect(queue.highest()).toBeUndefined()
    const fork = chain(a[2]!, 1, 'fork')
    for (const envelope of [a[1]!, a[3]!, fork[0]!, a[0]!]) queue.add(envelope, start)
    expect(queue.highest()).toBe(fork[0])
  })

  it('names the first payload beyond a gap, and none while there is no gap', () => {
    const queue = createUnsafePayloadQueue()
    queue.add(a[0]!, start)
    expect(queue.firstBeyond(base)).toBeUndefined()
    for (const index of [6, 4]) queue.add(a[index]!, start)
    expect(queue.firstBeyond(base)).toBe(a[4])
    expect(queue.firstBeyond(id(a[5]!))).toBeUndefined()
  })

  it('keeps what lies above safe although the unsafe head has passed it', () => {
    const queue = createUnsafePayloadQueue()
    const other = chain(a[1]!, 2, 'other')
    expect(queue.add(other[0]!, at(a[0]!)).verdict).toBe('queued')
    expect(queue.childOf(id(a[1]!))).toBe(other[0])
  })

  it('prefers the replacement that came last', () => {
    const queue = createUnsafePayloadQueue()
    const [other] = chain(genesis, 1, 'other')
    for (const envelope of [a[0]!, other!]) queue.add(envelope, start)
    expect(queue.childOf(base)).toBe(other)
  })

  it('refuses what is stale or known already', () => {
    const queue = createUnsafePayloadQueue()
    expect(queue.add(a[2]!, at(a[2]!)).verdict).toBe('stale')
    expect(queue.add(a[3]!, at(a[2]!)).verdict).toBe('queued')
    expect(queue.add(a[3]!, at(a[2]!)).verdict).toBe('duplicate')
  })

  it('drops everything at or below safe', () => {
    const queue = createUnsafePayloadQueue()
    for (const envelope of a) queue.add(envelope, start)
    expect(queue.dropStale(id(a[4]!))).toBe(5)
    expect(queue.length).toBe(3)
    expect(queue.childOf(id(a[4]!))).toBe(a[5])
  })

  it('evicts the highest first when it holds too many', () => {
    const queue = createUnsafePayloadQueue({ payloadsMax: 3, bytesMax: Number.MAX_SAFE_INTEGER })
    for (const index of [1, 5, 3]) queue.add(a[index]!, start)
    expect(queue.add(a[0]!, start)).toEqual({ verdict: 'queued', evicted: 1 })
    expect(queue.firstBeyond(id(a[3]!))).toBeUndefined()
    expect(queue.add(a[7]!, start)).toEqual({ verdict: 'full', evicted: 0 })
    expect(queue.length).toBe(3)
  })

  it('evicts by bytes', () => {
    const one = createUnsafePayloadQueue()
    one.add(a[0]!, start)
    const queue = createUnsafePayloadQueue({ payloadsMax: 100, bytesMax: one.bytes * 2 })
    for (const envelope of a.toReversed()) queue.add(envelope, start)
    expect(queue.length).toBe(2)
    expect(queue.bytes).toBeLessThanOrEqual(one.bytes * 2)
    expect(queue.childOf(base)).toBe(a[0])
  })

  it('removes the descendants of an invalid payload, and nothing else', () => {
    const queue = createUnsafePayloadQueue()
    const side = chain(a[1]!, 2, 'side')
    for (const envelope of [...a, ...side]) queue.add(envelope, start)
    expect(queue.removeDescendants(a[2]!.payload.blockHash)).toBe(5)
    expect(queue.childOf(id(a[1]!))).toBe(side[0])
    expect(queue.childOf(id(a[2]!))).toBeUndefined()
  })
})
