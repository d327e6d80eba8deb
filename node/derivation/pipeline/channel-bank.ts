import type { Hex } from 'viem'
import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import { addFrame, type Channel, channelData, createChannel, isReady, size } from '../../protocol/channel.ts'
import { channelTimeout, maxChannelBankSize } from '../../protocol/limits.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { ChannelObserver, ChannelProvider } from './channel-provider.ts'

/** Where a channel is in the order; empty when it is gone. */
interface Place {
  channel: Channel | undefined
}

/**
 * Before Holocene: frames of any channel in any order, up to `MAX_CHANNEL_BANK_SIZE` together.
 * Source: specs/protocol/derivation.md, "Channel Bank".
 */
export function createChannelBank(
  config: RollupConfig,
  observe: ChannelObserver = () => {},
): ChannelProvider {
  const places = new Map<Hex, Place>()
  /** In the order in which they were opened, from `oldest` on. A Map would search among all that were removed before. */
  let opened: Place[] = []
  let oldest = 0
  /** Those that are complete: nobody has to search a bank of a million channels for them. */
  const ready = new Set<Channel>()
  let totalSize = 0

  const isTimedOut = (channel: Channel, origin: L1BlockRef) =>
    channel.openBlock.number + channelTimeout(config, origin.timestamp) < origin.number

  function open(id: Hex, origin: L1BlockRef): Channel {
    const channel = createChannel(id, origin)
    const place = { channel }
    places.set(id, place)
    opened.push(place)
    observe('opened')
    return channel
  }

  function remove(channel: Channel, why: 'completed' | 'timed_out' | 'dropped'): void {
    places.get(channel.id)!.channel = undefined
    places.delete(channel.id)
    ready.delete(channel)
    totalSize -= size(channel)
    observe(why)
  }

  /** The channel that was opened first. */
  function first(): Channel | undefined {
    while (oldest < opened.length && opened[oldest]!.channel === undefined) oldest += 1
    if (oldest * 2 > opened.length) {
      opened = opened.slice(oldest)
      oldest = 0
    }
    return opened[oldest]?.channel
  }

  /** The ready channel that was opened first. More than one are there only when Canyon has just lifted the order. */
  function firstReady(): Channel | undefined {
    if (ready.size < 2) return ready.values().next().value
    return opened.find(({ channel }) => channel !== undefined && ready.has(channel))?.channel
  }

  return {
    next(origin) {
      // Channels are opened in order, so they time out in order.
      for (let channel = first(); channel !== undefined && isTimedOut(channel, origin); channel = first())
        remove(channel, 'timed_out')
      const channel = isForkActive(config.forks, 'canyon', origin.timestamp) ? firstReady() : first()
      if (channel === undefined || !isReady(channel)) return undefined
      remove(channel, 'completed')
      return channelData(channel)
    },
    add(frame, origin) {
      const channel = places.get(frame.channelId)?.channel ?? open(frame.channelId, origin)
      const before = size(channel)
      if (!addFrame(channel, frame).added) return observe('frame_refused')
      observe('frame_added')
      totalSize += size(channel) - before
      if (isReady(channel)) ready.add(channel)
      const limit = maxChannelBankSize(config.forks, origin.timestamp)
      for (let old = first(); old !== undefined && totalSize > limit; old = first()) remove(old, 'dropped')
    },
    get held() {
      return { channels: places.size, bytes: totalSize }
    },
  }
}
