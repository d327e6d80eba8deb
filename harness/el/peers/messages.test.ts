import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { frameMessage, MessageStream } from './message-stream.ts'
import { decodePeerMessage, encodePeerMessage, type PeerMessage } from './messages.ts'

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const hash = bytes(32).map((value) => bytesToHex(value))
const hex = fc.uint8Array({ maxLength: 200 }).map((value) => bytesToHex(value))
const id = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({
    type: fc.constant('status' as const),
    version: fc.nat(1000),
    chainId: id,
    genesisHash: hash,
    forkDigest: hash,
    nodeId: hash,
    listenPort: fc.nat(65535),
    clientName: fc.string({ unit: 'grapheme', maxLength: 20 }),
  }),
  fc.record({ type: fc.constant('getHeaders' as const), id, from: hash, count: fc.nat(1000) }),
  fc.record({
    type: fc.constant('headers' as const),
    id,
    headers: fc.array(fc.uint8Array({ maxLength: 600 })),
  }),
  fc.record({ type: fc.constant('getBodies' as const), id, hashes: fc.array(hash) }),
  fc.record({
    type: fc.constant('bodies' as const),
    id,
    bodies: fc.array(fc.record({ transactions: fc.array(hex) })),
  }),
  fc.record({ type: fc.constant('getReceipts' as const), id, hashes: fc.array(hash) }),
  fc.record({ type: fc.constant('receipts' as const), id, receipts: fc.array(fc.array(hex)) }),
  fc.record({ type: fc.constant('disconnect' as const), reason: fc.string({ maxLength: 60 }) }),
)

describe('peer messages', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(message, (value) => {
        expect(decodePeerMessage(encodePeerMessage(value))).toEqual(value)
      }),
      { numRuns: 300 },
    )
  })

  it('never crash the decoder other than by an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (value) => {
        try {
          decodePeerMessage(value)
        } catch (error) {
          expect(error).toBeInstanceOf(Error)
        }
      }),
    )
  })

  it.each([
    ['an unknown type', Uint8Array.of(9, 0xc0), /message type from 0 to 7/],
    ['bytes after the end', Uint8Array.of(1, 0xc0, 0), /end at byte 2/],
    [
      'too many hashes',
      encodePeerMessage({ type: 'getBodies', id: 1n, hashes: Array(129).fill(`0x${'11'.repeat(32)}`) }),
      /at most 128/,
    ],
  ])('refuses %s', (_name, value, expected) => {
    expect(() => decodePeerMessage(value)).toThrow(expected)
  })
})

describe('MessageStream', () => {
  it('finds the messages however the bytes are cut', () => {
    const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 50 }), { maxLength: 10 })
    fc.assert(
      fc.property(messages, fc.array(fc.nat(12), { minLength: 1 }), (sent, cuts) => {
        const wire = Buffer.concat(sent.map(frameMessage))
        const stream = new MessageStream(() => 50)
        const received: number[][] = []
        for (let offset = 0, index = 0; offset < wire.length; index++) {
          const length = 1 + (cuts[index % cuts.length] as number)
          for (const one of stream.push(new Uint8Array(wire.subarray(offset, offset + length))))
            received.push([...one])
          offset += length
        }
        expect(received).toEqual(sent.map((one) => [...one]))
      }),
    )
  })

  it('refuses a long message when it is announced, by its type, and one without a type', () => {
    const push = (...bytes: number[]) => [
      ...new MessageStream((type) => (type === 1 ? 1024 : 0)).push(Uint8Array.of(...bytes)),
    ]
    expect(() => push(0, 0, 4, 1, 1)).toThrow(/at most 1024 bytes of message type 1 now, announced are 1025/)
    expect(() => push(0, 0, 0, 1, 2)).toThrow(/at most 0 bytes of message type 2/)
    expect(() => push(0, 0, 0, 0, 1)).toThrow(/announced are 0 bytes/)
    expect(push(0, 0, 4, 0, 1)).toEqual([])
  })
})
