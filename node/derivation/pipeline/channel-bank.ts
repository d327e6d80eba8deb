import type { Hex } from 'viem'
import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import { addFrame, type Channel, channelData, createChannel, isReady, size } from '../../protocol/channel.ts'
import { channelTimeout, maxChannelBankSize } from '../../protocol/limits.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { ChannelObserver, ChannelProvider } from './channel-provider.ts'

/**
 * Before Holocene: frames of any channel in any order, up to `MAX_CHANNEL_BANK_SIZE` together.
 * Source: specs/protocol/derivation.md, "Channel Bank".
 */
export function createChannelBank(
  config: RollupConfig,
  observe: ChannelObserver = () => {},
): ChannelProvider {
  /** In the order in which they were opened: a Map keeps it. */
  const channels = new Map<Hex, Channel>()
  /** Those that are complete: nobody has to search a bank of a million channels for them. */
  const ready = new Set<Channel>()
  let totalSize = 0

  const isTimedOut = (channel: Channel, origin: L1BlockRef) =>
    channel.openBlock.number + channelTimeout(config, origin.timestamp) < origin.number

  function remove(channel: Channel, why: 'completed' | 'timed_out' | 'dropped'): void {
    channels.delete(channel.id)
    ready.delete(channel)
    totalSize -= size(channel)
    observe(why)
  }

  function prune(origin: L1BlockRef): void {
    const limit = maxChannelBankSize(config.forks, origin.timestamp)
    for (const channel of channels.values()) {
      if (totalSize <= limit) return
      remove(channel, 'dropped')
    }
  }

  /** The ready channel that was opened first. More than one are there only when Canyon has just lifted the order. */
  function firstReady(): Channel | undefined {
    if (ready.size < 2) return ready.values().next().value
    for (const channel of channels.values()) if (ready.has(channel)) return channel
    return undefined
  }

  return {
    next(origin) {
      // Channels are opened in order, so they time out in order.
      for (const channel of channels.values()) {
        if (!isTimedOut(channel, origin)) break
        remove(channel, 'timed_out')
      }
      const channel = isForkActive(config.forks, 'canyon', origin.timestamp)
        ? firstReady()
        : channels.values().next().value
      if (channel === undefined || !isReady(channel)) return undefined
      remove(channel, 'completed')
      return channelData(channel)
    },
    add(frame, origin) {
      const known = channels.get(frame.channelId)
      const channel = known ?? createChannel(frame.channelId, origin)
      if (known === undefined) {
        channels.set(channel.id, channel)
        observe('opened')
      }
      const before = size(channel)
      if (!addFrame(channel, frame).added) return observe('frame_refused')
      observe('frame_added')
      totalSize += size(channel) - before
      if (isReady(channel)) ready.add(channel)
      prune(origin)
    },
    get held() {
      return { channels: channels.size, bytes: totalSize }
    },
  }
}
