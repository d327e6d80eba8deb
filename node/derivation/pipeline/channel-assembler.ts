import type { RollupConfig } from '../../config/rollup-config.ts'
import { addFrame, type Channel, channelData, createChannel, isReady, size } from '../../protocol/channel.ts'
import { channelTimeout, maxRlpBytesPerChannel } from '../../protocol/limits.ts'
import type { ChannelObserver, ChannelProvider } from './channel-provider.ts'

/**
 * Holocene: frames arrive in order, so one channel at most is being put together. It holds no more than
 * `MAX_RLP_BYTES_PER_CHANNEL` and one frame.
 * Source: specs/protocol/holocene/derivation.md, "Channel Bank".
 */
export function createChannelAssembler(
  config: RollupConfig,
  observe: ChannelObserver = () => {},
): ChannelProvider {
  let staging: Channel | undefined
  return {
    next(origin) {
      if (staging === undefined) return undefined
      if (staging.openBlock.number + channelTimeout(config, origin.timestamp) < origin.number) {
        staging = undefined
        observe('timed_out')
        return undefined
      }
      if (!isReady(staging)) return undefined
      const data = channelData(staging)
      staging = undefined
      observe('completed')
      return data
    },
    add(frame, origin) {
      // A first frame replaces whatever was open, also under the same id.
      if (frame.number === 0) {
        if (staging !== undefined) observe('dropped')
        staging = createChannel(frame.channelId, origin)
        observe('opened')
      }
      // The frame queue orders the frames of one transaction; what came before is checked here.
      const isNext = staging !== undefined && frame.number === staging.frames.size
      if (staging === undefined || !isNext || !addFrame(staging, frame).added) return observe('frame_refused')
      observe('frame_added')
      if (size(staging) <= maxRlpBytesPerChannel(config.forks, origin.timestamp)) return
      staging = undefined
      observe('dropped')
    },
    get held() {
      return { channels: staging === undefined ? 0 : 1, bytes: staging === undefined ? 0 : size(staging) }
    },
  }
}
