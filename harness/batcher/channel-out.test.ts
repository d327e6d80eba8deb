import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createSyncDecompressor } from '../../node/adapters/zlib/sync-decompressor.ts'
import { bitAt } from '../../node/protocol/bit-list.ts'
import { concatBytes } from '../../node/protocol/bytes.ts'
import { readChannelBatches } from '../../node/protocol/channel-reader.ts'
import { encodeBatcherPayload, parseBatcherPayload } from '../../node/protocol/frame.ts'
import { decodeRawSpanBatch } from '../../node/protocol/span-batch.ts'
import { splitIntoFrames } from './channel-out.ts'
import { calldataGas } from './submitter.ts'
import { createInboxWorld } from './testing/inbox-world.ts'

const id = `0x${'cd'.repeat(16)}` as const

describe('splitIntoFrames', () => {
  it('gives payloads that hold all data, in order, and fit the limit', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 25, max: 200 }),
        (data, maxFrameBytes) => {
          const frames = splitIntoFrames(id, data, maxFrameBytes)
          const payloads = frames.map((frame) => encodeBatcherPayload([frame]))
          expect(payloads.every((payload) => payload.length <= maxFrameBytes)).toBe(true)
          const parsed = payloads.flatMap(parseBatcherPayload)
          expect(concatBytes(parsed.map((frame) => frame.data))).toEqual(data)
          expect(parsed.map((frame) => frame.number)).toEqual(parsed.map((_, index) => index))
          expect(parsed.map((frame) => frame.isLast)).toEqual(
            parsed.map((_, index) => index === parsed.length - 1),
          )
        },
      ),
    )
  })

  it('refuses a limit that leaves no room for data', () => {
    expect(() => splitIntoFrames(id, new Uint8Array(1), 24)).toThrow(
      'expected a payload of more than 24 bytes, found 24',
    )
  })

  it('refuses more frames than a channel can number', () => {
    expect(() => splitIntoFrames(id, new Uint8Array(65_537), 25)).toThrow('expected at most 65536 frames')
  })
})

describe('encodeChannel', () => {
  it('tells in a span batch which blocks open an epoch, the first one included', async () => {
    const world = createInboxWorld()
    world.l1.mine(3)
    await world.build(6n)
    const opens = world.sequencer.chain.map(
      (_, number) => world.sequencer.ref(BigInt(number)).sequenceNumber === 0n,
    )
    for (const first of [1n, 2n, 3n]) {
      const frames = await world.channel(first, 6n)
      const data = concatBytes(frames.map((frame) => frame.data))
      const { value } = await readChannelBatches([data], {
        maxRlpBytes: 1_000_000,
        brotli: false,
        decompressor: createSyncDecompressor(),
      }).next()
      const { originBits, blockTxCounts } = decodeRawSpanBatch(value as Uint8Array, 1)
      expect(Array.from(blockTxCounts, (_, index) => bitAt(originBits, index))).toEqual(
        opens.slice(Number(first)),
      )
    }
  })
})

describe('calldataGas', () => {
  it.each([
    ['0x', 21_000n],
    ['0x00', 21_010n],
    ['0x01', 21_040n],
    ['0x0010', 21_050n],
  ] as const)('of %s is %s', (data, gas) => {
    expect(calldataGas(data)).toBe(gas)
  })
})
