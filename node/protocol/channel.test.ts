import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes } from './bytes.ts'
import { addFrame, channelData, createChannel, isReady, size } from './channel.ts'
import type { Frame } from './frame.ts'
import { zeroL1BlockRef } from './refs.ts'
import { bytes } from './testing/arbitraries.ts'

const id = `0x${'ab'.repeat(16)}` as const
const frame = (number: number, isLast = false, data: Uint8Array = Uint8Array.of(number)): Frame => ({
  channelId: id,
  number,
  data,
  isLast,
})
const withFrames = (...frames: Frame[]) => {
  const channel = createChannel(id, zeroL1BlockRef)
  const results = frames.map((one) => addFrame(channel, one))
  return { channel, results }
}

describe('channel', () => {
  it('puts frames together in any order', () => {
    const parts = fc.array(bytes(20), { minLength: 1, maxLength: 8 })
    const shuffled = parts.chain((data) => {
      const frames = data.map((part, index) => frame(index, index === data.length - 1, part))
      return fc.tuple(fc.constant(data), fc.shuffledSubarray(frames, { minLength: frames.length }))
    })
    fc.assert(
      fc.property(shuffled, ([data, frames]) => {
        const { channel } = withFrames(...frames.slice(0, -1))
        expect(isReady(channel)).toBe(false)
        expect(addFrame(channel, frames.at(-1)!)).toEqual({ added: true })
        expect(isReady(channel)).toBe(true)
        expect(concatBytes(channelData(channel))).toEqual(concatBytes(data))
        expect(size(channel)).toBe(data.reduce((sum, part) => sum + part.length + 200, 0))
      }),
    )
  })

  // derivation.md, "Channel Bank", "Loading frames".
  it.each([
    [
      'of another channel',
      [frame(0)],
      { ...frame(1), channelId: `0x${'cd'.repeat(16)}` as const },
      'of channel',
    ],
    ['with a number that is known', [frame(1)], frame(1, true), 'known already'],
    ['that closes a closed channel', [frame(2, true)], frame(1, true), 'closes the channel'],
    ['after the closing one', [frame(1, true)], frame(2), 'closed the channel'],
  ] satisfies [string, Frame[], Frame, string][])('refuses a frame %s', (_name, before, refused, reason) => {
    const { channel } = withFrames(...before)
    const sizeBefore = size(channel)
    expect(addFrame(channel, refused)).toMatchObject({
      added: false,
      reason: expect.stringContaining(reason),
    })
    expect(size(channel)).toBe(sizeBefore)
    expect(channel.frames.size).toBe(before.length)
  })

  it('drops frames after a closing one that comes late', () => {
    const { channel } = withFrames(frame(0), frame(5), frame(3), frame(1, true))
    expect([...channel.frames.keys()]).toEqual([0, 1])
    expect(size(channel)).toBe(2 * 201)
    expect(isReady(channel)).toBe(true)
  })

  it('is not ready with a gap', () => {
    expect(isReady(withFrames(frame(0), frame(2, true)).channel)).toBe(false)
  })
})
