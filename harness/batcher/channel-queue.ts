import type { Hash, Hex } from 'viem'
import type { BlockId, L2BlockRef } from '../../node/protocol/refs.ts'
import type { BatchableBlock } from './channel-out.ts'

/** A channel on its way to L1. */
export interface SentChannel {
  readonly id: Hex
  readonly last: L2BlockRef
  /** Payloads that were not sent yet, in order. */
  readonly unsent: Uint8Array[]
  readonly transactions: Hash[]
}

export interface ChannelLimits {
  /** Bytes of transactions in one channel, before compression. */
  readonly channelBytesMax: number
  /** Blocks that are held, sent or not. */
  readonly blocksMax: number
  /** Channels that are not safe yet. */
  readonly channelsMax: number
}

/** Bytes that a block costs beside its transactions. */
const blockOverheadBytes = 100

/**
 * What the batcher holds: consecutive blocks after a base, the first of them in channels. All in memory: after a restart
 * of the process everything above the safe head is read again.
 */
export interface ChannelQueue {
  readonly base: BlockId | null
  /** Newest block that is held, or the base. */
  readonly newest: BlockId | null
  readonly blocks: readonly L2BlockRef[]
  readonly channels: readonly SentChannel[]
  /** Blocks that are in no channel. */
  readonly waiting: readonly BatchableBlock[]
  /** How many more blocks may be held. */
  readonly room: number
  /** True when a channel would be full before it held all waiting blocks. */
  readonly isFull: boolean
  restart(base: BlockId): void
  /** `block` must be the child of `newest`. */
  push(block: BatchableBlock): void
  /** The blocks that the next channel should hold; none while too many channels are open. */
  nextChannelBlocks(): readonly BatchableBlock[]
  /** Adds the channel that holds the first `count` waiting blocks. */
  addChannel(channel: SentChannel, count: number): void
  /** Forgets blocks up to and including `safe`, and channels that hold no other. */
  prune(safe: BlockId): void
}

export function createChannelQueue(limits: ChannelLimits): ChannelQueue {
  let base: BlockId | null = null
  let blocks: L2BlockRef[] = []
  let waiting: BatchableBlock[] = []
  let channels: SentChannel[] = []

  /** How many of the waiting blocks the next channel takes: as many as fit, at least one. */
  function fitting(): number {
    let bytes = 0
    for (const [index, block] of waiting.entries()) {
      bytes += blockBytes(block)
      if (bytes > limits.channelBytesMax) return Math.max(1, index)
    }
    return waiting.length
  }

  return {
    get base() {
      return base
    },
    get newest() {
      return blocks.at(-1) ?? base
    },
    get blocks() {
      return blocks
    },
    get channels() {
      return channels
    },
    get waiting() {
      return waiting
    },
    get room() {
      return Math.max(0, limits.blocksMax - blocks.length)
    },
    get isFull() {
      return fitting() < waiting.length
    },
    restart(next) {
      base = next
      blocks = []
      waiting = []
      channels = []
    },
    push(block) {
      blocks.push(block.ref)
      waiting.push(block)
    },
    nextChannelBlocks() {
      return channels.length < limits.channelsMax ? waiting.slice(0, fitting()) : []
    },
    addChannel(channel, count) {
      channels.push(channel)
      waiting = waiting.slice(count)
    },
    prune(safe) {
      const isSafe = (block: BlockId) => block.number <= safe.number
      base = { hash: safe.hash, number: safe.number }
      blocks = blocks.filter((block) => !isSafe(block))
      waiting = waiting.filter(({ ref }) => !isSafe(ref))
      channels = channels.filter((channel) => !isSafe(channel.last))
    },
  }
}

function blockBytes({ transactions }: BatchableBlock): number {
  return transactions.reduce((bytes, transaction) => bytes + transaction.length / 2, blockOverheadBytes)
}
