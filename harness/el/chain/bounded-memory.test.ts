import type { Hash, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { PayloadEnvelope } from '../../../node/protocol/payload.ts'
import { InvalidBlocks } from './invalid-blocks.ts'
import { RemotePayloads } from './remote-payloads.ts'
import { SerialQueue } from './serial-queue.ts'

const hash = (number: number): Hash => `0x${number.toString(16).padStart(64, '0')}`

describe('InvalidBlocks', () => {
  it('knows a bad block, and descendants once they were seen', () => {
    const blocks = new InvalidBlocks()
    blocks.add(hash(2), hash(1))
    expect(blocks.latestValidAncestor(hash(2))).toBe(hash(1))
    expect(blocks.latestValidAncestor(hash(3))).toBeUndefined()
    expect(blocks.latestValidAncestor(hash(2), hash(3))).toBe(hash(1))
    expect(blocks.latestValidAncestor(hash(3))).toBe(hash(1))
    blocks.add(hash(8), hash(7), hash(9))
    expect(blocks.latestValidAncestor(hash(9))).toBe(hash(7))
  })

  it('gives a bad block and its descendants another chance after many questions', () => {
    const blocks = new InvalidBlocks()
    blocks.add(hash(2), hash(1), hash(3))
    for (let asked = 1; asked < InvalidBlocks.hitsMax; asked++)
      expect(blocks.latestValidAncestor(hash(2))).toBe(hash(1))
    expect(blocks.latestValidAncestor(hash(2))).toBeUndefined()
    expect(blocks.latestValidAncestor(hash(3))).toBeUndefined()
  })

  it('is bounded, the oldest goes first', () => {
    const blocks = new InvalidBlocks()
    for (let number = 0; number <= InvalidBlocks.entriesMax; number++) blocks.add(hash(number), hash(1))
    expect(blocks.latestValidAncestor(hash(0))).toBeUndefined()
    expect(blocks.latestValidAncestor(hash(1))).toBe(hash(1))
  })
})

describe('RemotePayloads', () => {
  const envelope = (number: number, bytes = 0) =>
    ({
      payload: {
        blockHash: hash(number),
        transactions: bytes === 0 ? [] : ([`0x${'00'.repeat(bytes)}`] as Hex[]),
      },
    }) as unknown as PayloadEnvelope

  it('is bounded by number', () => {
    const payloads = new RemotePayloads()
    for (let number = 0; number <= RemotePayloads.countMax; number++) payloads.add(envelope(number))
    expect(payloads.get(hash(0))).toBeUndefined()
    expect(payloads.get(hash(1))).toBeDefined()
  })

  it('is bounded by bytes, and what left frees its room', () => {
    const payloads = new RemotePayloads()
    const third = RemotePayloads.bytesMax / 3
    for (let number = 0; number < 4; number++) payloads.add(envelope(number, third))
    expect([0, 1, 2, 3].map((number) => payloads.get(hash(number)) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
    ])
    payloads.delete(hash(2))
    payloads.add(envelope(5))
    expect(payloads.get(hash(3))).toBeDefined()
  })
})

describe('SerialQueue', () => {
  it('runs one job after the other, goes on after a failure, and refuses too many', async () => {
    const queue = new SerialQueue(2)
    const order: string[] = []
    const gate = Promise.withResolvers<void>()
    const first = queue.run(async () => {
      order.push('first begins')
      await gate.promise
      order.push('first ends')
      throw new Error('first')
    })
    // Lets the first one begin: it does not wait any more.
    await Promise.resolve()
    await Promise.resolve()
    const second = queue.run(async () => void order.push('second'))
    const third = queue.run(async () => void order.push('third'))
    expect(queue.waiting).toBe(2)
    await expect(queue.run(async () => {})).rejects.toThrow(/busy: 2 jobs wait/)
    gate.resolve()
    await expect(first).rejects.toThrow('first')
    await Promise.all([second, third])
    expect(order).toEqual(['first begins', 'first ends', 'second', 'third'])
    expect(queue.waiting).toBe(0)
  })
})
