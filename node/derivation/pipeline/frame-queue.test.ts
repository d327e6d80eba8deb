import { describe, expect, it } from 'vitest'
import { forksActiveFrom } from '../../config/forks.ts'
import { encodeBatcherPayload, type Frame } from '../../protocol/frame.ts'
import { runSteps } from '../../protocol/steps.ts'
import { createFrameQueue, type FrameQueue, pruneFrames } from './frame-queue.ts'
import { testHash } from './testing/test-config.ts'

/** `a1` is frame 1 of channel a, `a1!` closes it. */
function frame(text: string): Frame {
  const [, channel, number, last] = /^(\w)(\d+)(!?)$/.exec(text)!
  return {
    channelId: `0x${channel!.charCodeAt(0).toString(16).repeat(16)}`,
    number: Number(number),
    data: new TextEncoder().encode(text),
    isLast: last === '!',
  }
}
const frames = (text: string): Frame[] => text.split(' ').filter(Boolean).map(frame)
const text = (list: readonly Frame[]) => list.map((item) => new TextDecoder().decode(item.data)).join(' ')

/** Source: holocene/derivation.md, "Frame Queue". */
const rows: readonly (readonly [rule: string, input: string, kept: string])[] = [
  ['nothing', '', ''],
  ['one frame, whatever its number', 'a2', 'a2'],
  ['one closing frame', 'a2!', 'a2!'],
  ['a channel in order', 'a0 a1 a2!', 'a0 a1 a2!'],
  ['two channels in order', 'a0 a1! b0 b1!', 'a0 a1! b0 b1!'],
  ['a first frame after a closing one', 'a2! b0', 'a2! b0'],
  ['a later frame after another channel closed', 'a2! b1', 'a2!'],
  ['a later frame of another channel', 'b1 a2!', 'b1'],
  ['a first frame drops the open channel before it', 'b1 a0', 'a0'],
  ['and all of its frames', 'c0 c1 c2 d0 c3!', 'd0'],
  ['a frame after its channel closed', 'b1! b2', 'b1!'],
  ['a gap', 'b1 b3', 'b1'],
  ['a frame twice', 'b1 b1 b2', 'b1 b2'],
  ['a step back', 'b1 b2 b1', 'b1 b2'],
  ['a closed channel starts again', 'b0! b0', 'b0!'],
  ['an open channel starts again', 'b0 b1 b0', 'b0 b1'],
  ['a stray frame does not end the channel around it', 'b1 c3 b2!', 'b1 b2!'],
  ['a closed channel stays when a later one is dropped', 'a0! b0 b1 c0', 'a0! c0'],
  ['the channel that was dropped may start again', 'a0! b0 c0 b0!', 'a0! b0!'],
  ['all of it together', 'b1 b2! a0 c1! a1 a2! c0 c1 d0 c2! e0', 'b1 b2! a0 a1 a2! e0'],
]

describe('pruneFrames', () => {
  it.each(rows)('%s: %s → %s', (_rule, input, kept) => {
    expect(text(runSteps(pruneFrames(frames(input), (item) => item)))).toBe(kept)
  })
})

describe('createFrameQueue', () => {
  const block = (timestamp: bigint) => ({
    hash: testHash('a1'),
    number: 1n,
    parentHash: testHash('a0'),
    timestamp,
  })
  const forks = { ...forksActiveFrom('granite'), holocene: 100n }
  const payloads = [
    encodeBatcherPayload(frames('a0 b0')),
    Uint8Array.of(9),
    encodeBatcherPayload(frames('b1')),
  ]

  const take = (queue: FrameQueue) => runSteps(queue.next())

  function drain(timestamp: bigint): { kept: string; malformed: string[] } {
    const malformed: string[] = []
    const queue = createFrameQueue({ forks, onMalformed: (error) => malformed.push(error.message) })
    queue.load(payloads, block(timestamp))
    const kept: Frame[] = []
    for (let next = take(queue); next !== undefined; next = take(queue)) kept.push(next)
    return { kept: text(kept), malformed }
  }

  it('gives every frame before Holocene and ignores malformed payloads', () => {
    const { kept, malformed } = drain(99n)
    expect(kept).toBe('a0 b0 b1')
    expect(malformed).toEqual([expect.stringContaining('version')])
  })

  it('prunes from the first L1 block of Holocene on', () => {
    expect(drain(100n).kept).toBe('b0 b1')
  })

  it('forgets what was left of the block before', () => {
    const queue = createFrameQueue({ forks, onMalformed: () => {} })
    queue.load(payloads, block(99n))
    take(queue)
    queue.load([], block(100n))
    expect(take(queue)).toBeUndefined()
  })

  it('starts each block at its first payload', () => {
    const queue = createFrameQueue({ forks, onMalformed: () => {} })
    for (const timestamp of [99n, 99n]) {
      queue.load(payloads, block(timestamp))
      expect(text([take(queue)!, take(queue)!, take(queue)!])).toBe('a0 b0 b1')
      expect(take(queue)).toBeUndefined()
    }
  })
})
