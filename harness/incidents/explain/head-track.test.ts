import { describe, expect, it } from 'vitest'
import type { Head } from './head.ts'
import { createHeadTrack, mergedMoves } from './head-track.ts'

const head = (number: number): Head => ({ number, hash: `0x${number}` })

describe('createHeadTrack', () => {
  it('says what held at a time, over many moves', () => {
    const track = createHeadTrack()
    for (let number = 0; number < 100; number++) track.push(1_800_000_000_000 + 10 * number, head(number))
    expect(track.headAt(1_799_999_999_999)).toBeUndefined()
    expect(track.headAt(1_800_000_000_009)).toEqual(head(0))
    expect(track.headAt(1_800_000_000_990)).toEqual(head(99))
    expect(track.at(-1)).toEqual({ t: 1_800_000_000_990, value: head(99) })
    expect(track.at(100)).toBeUndefined()
    expect(track.moves(98).toArray()).toHaveLength(2)
  })

  it('merges tracks in the order of time', () => {
    const [a, b] = [createHeadTrack(), createHeadTrack()]
    for (const t of [1, 4, 6]) a.push(t, head(t))
    for (const t of [2, 4]) b.push(t, head(t))
    const order = mergedMoves([a, b]).map(({ t, track }) => `${t}${track === a ? 'a' : 'b'}`)
    expect(order.toArray()).toEqual(['1a', '2b', '4a', '4b', '6a'])
    expect(mergedMoves([]).toArray()).toEqual([])
  })
})
