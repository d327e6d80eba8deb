import type { RollupConfig } from '../../config/rollup-config.ts'
import { addFrame, type Channel, channelData, createChannel, isReady, size } from '../../protocol/channel.ts'
import { channelTimeout, maxRlpBytesPerChannel } from '../../protocol/limits.ts'
import type { ChannelProvider } from './channel-provider.ts'

/**
 * Holocene: frames arrive in order, so one channel at most is being put together. It holds no more than
 * `MAX_RLP_BYTES_PER_CHANNEL` and one frame.
 * Source: specs/protocol/holocene/derivation.md, "Channel Bank".
 */
export function createChannelAssembler(config: RollupConfig): ChannelProvider {
  let staging: Channel | undefined
  return {
    next(origin) {
      if (staging === undefined) return undefined
      if (staging.openBlock.number + channelTimeout(config, origin.timestamp) < origin.number) {
        staging = undefined
        return undefined
      }
      if (!isReady(staging)) return undefined
      const data = channelData(staging)
      staging = undefined
      return data
    },
    add(frame, origin) {
      // A first frame replaces whatever was open, also under the same id.
      if (frame.number === 0) staging = createChannel(frame.channelId, origin)
      // The frame queue orders the frames of one transaction; what came before is checked here.
      if (staging === undefined || frame.number !== staging.frames.size) return
      addFrame(staging, frame)
      if (size(staging) > maxRlpBytesPerChannel(config.forks, origin.timestamp)) staging = undefined
    },
  }
}
