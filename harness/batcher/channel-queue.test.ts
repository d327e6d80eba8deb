import type { Hash } from 'viem'
import { describe, expect, it } from 'vitest'
import { zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { createChannelQueue } from './channel-queue.ts'

const hashOf = (number: bigint): Hash => `0x${number.toString(16).padStart(64, '0')}`
const block = (number: bigint) => ({
  ref: { ...zeroL2BlockRef, number, hash: hashOf(number), parentHash: hashOf(number - 1n) },
  transactions: [],
})
const channelUpTo = (number: bigint) => ({
  id: hashOf(number),
  last: block(number).ref,
  unsent: [],
  transactions: [],
})

describe('the queue of channels', () => {
  it('keeps a channel until its last block is safe', () => {
    const queue = createChannelQueue({ channelBytesMax: 10_000, blocksMax: 10, channelsMax: 4 })
    queue.restart(block(0n).ref)
    for (const number of [1n, 2n, 3n, 4n]) queue.push(block(number))
    for (const last of [2n, 4n]) queue.addChannel(channelUpTo(last), 2)
    const ends = () => queue.channels.map(({ last }) => last.number)
    queue.prune(block(1n).ref)
    expect(ends()).toEqual([2n, 4n])
    queue.prune(block(2n).ref)
    expect(ends()).toEqual([4n])
    queue.prune(block(4n).ref)
    expect(ends()).toEqual([])
    expect(queue.blocks).toEqual([])
  })
})
