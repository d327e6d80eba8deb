import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, hexToBytes } from './bytes.ts'
import {
  encodeBatcherPayload,
  encodeFrame,
  type Frame,
  FrameError,
  frameDataLengthMax,
  parseBatcherPayload,
} from './frame.ts'
import { bytes, fixedHex } from './testing/arbitraries.ts'

const arbitraryFrame: fc.Arbitrary<Frame> = fc.record({
  channelId: fixedHex(16),
  number: fc.integer({ min: 0, max: 0xffff }),
  data: bytes(),
  isLast: fc.boolean(),
})

const frame: Frame = {
  channelId: `0x${'ab'.repeat(16)}`,
  number: 7,
  data: Uint8Array.of(1, 2, 3),
  isLast: true,
}
const encoded = encodeFrame(frame)
const withByte = (index: number, value: number) => encoded.with(index, value)

describe('frames', () => {
  it('parses what is encoded', () => {
    fc.assert(
      fc.property(fc.array(arbitraryFrame, { minLength: 1, maxLength: 5 }), (frames) => {
        expect(parseBatcherPayload(encodeBatcherPayload(frames))).toEqual(frames)
      }),
    )
  })

  it('has the layout of the specification', () => {
    expect(encoded).toEqual(hexToBytes(`0x${'ab'.repeat(16)}000700000003010203${'01'}`))
  })

  it('accepts data of the maximum length', () => {
    const large = { ...frame, data: new Uint8Array(frameDataLengthMax) }
    expect(parseBatcherPayload(encodeBatcherPayload([large]))[0]?.data.length).toBe(frameDataLengthMax)
  })

  // derivation.md, "Batcher Transaction Format" and "Frame Format".
  it.each([
    ['no data', new Uint8Array(), 'no data'],
    ['a version byte and no frame', Uint8Array.of(0), 'at least one frame'],
    ['another version', Uint8Array.of(1, ...encoded), 'derivation version'],
    ['a frame shorter than its header', Uint8Array.of(0, ...encoded.subarray(0, 22)), 'at least 23 bytes'],
    ['data that ends early', Uint8Array.of(0, ...encoded.subarray(0, 25)), 'more bytes, found 3'],
    ['a length above the maximum', Uint8Array.of(0, ...withByte(18, 0x7f)), 'at most 1000000 bytes'],
    ['a length that wraps', Uint8Array.of(0, ...withByte(18, 0xff)), 'at most 1000000 bytes'],
    ['is_last of 2', Uint8Array.of(0, ...withByte(25, 2)), 'is_last'],
    ['a byte left over', Uint8Array.of(0, ...encoded, 0), 'frame 1'],
    ['a good frame and a bad one', concatBytes([Uint8Array.of(0), encoded, withByte(25, 9)]), 'frame 1'],
  ])('refuses %s', (_name, data, message) => {
    expect(() => parseBatcherPayload(data)).toThrow(FrameError)
    expect(() => parseBatcherPayload(data)).toThrow(message)
  })

  it.each([
    ['too much data', { ...frame, data: new Uint8Array(frameDataLengthMax + 1) }],
    ['a number above uint16', { ...frame, number: 65_536 }],
    ['a negative number', { ...frame, number: -1 }],
    ['an id of another length', { ...frame, channelId: '0xab' as const }],
  ])('does not encode %s', (_name, bad) => {
    expect(() => encodeFrame(bad)).toThrow(FrameError)
  })

  it('does not encode a payload without frames', () => {
    expect(() => encodeBatcherPayload([])).toThrow(FrameError)
  })
})
