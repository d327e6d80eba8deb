import type { Hex } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { createChannelAssembler } from '../../../node/derivation/pipeline/channel-assembler.ts'
import { createChannelBank } from '../../../node/derivation/pipeline/channel-bank.ts'
import type {
  ChannelEvent,
  ChannelProvider,
  CompleteChannel,
} from '../../../node/derivation/pipeline/channel-provider.ts'
import { createFrameQueue } from '../../../node/derivation/pipeline/frame-queue.ts'
import { bytesEqual } from '../../../node/protocol/bytes.ts'
import type { Frame } from '../../../node/protocol/frame.ts'
import type { L1BlockRef } from '../../../node/protocol/refs.ts'
import { runSteps } from '../../../node/protocol/steps.ts'

/** A frame where it was found, and what the channel did with it. */
export interface FoundFrame {
  readonly number: number
  readonly bytes: number
  readonly isLast: boolean
  readonly l1Block: bigint
  outcome: 'added' | 'refused'
}

export interface FoundChannel {
  readonly id: Hex
  readonly frames: FoundFrame[]
  /** `open`: it waits for frames. `refused`: no first frame came before the others in these L1 blocks. */
  state: 'open' | 'complete' | 'timed out' | 'dropped' | 'refused'
  /** The L1 block with its last frame. */
  completedIn: L1BlockRef | null
}

/** Follows batcher payloads from one L1 block to the next by the rules of derivation, and remembers whose frames were whose. */
export interface ChannelFinder {
  /** Takes in the payloads of the next L1 block; gives each channel that it completes, in order. */
  enter(
    block: L1BlockRef,
    payloads: readonly Uint8Array[],
  ): Generator<{ readonly channel: FoundChannel; readonly data: CompleteChannel }>
  readonly channels: readonly FoundChannel[]
  /** Payloads that hold no frames. */
  readonly malformed: number
}

/** Source: specs/protocol/derivation.md, "Frame Queue" and "Channel Bank"; the stages are the node's own. */
export function createChannelFinder(config: RollupConfig): ChannelFinder {
  const channels: FoundChannel[] = []
  const open = new Map<Hex, { readonly channel: FoundChannel; readonly first: Uint8Array }>()
  let malformed = 0
  let isHolocene = false
  let adding: { readonly frame: Frame; readonly found: FoundFrame; readonly channel: FoundChannel } | null =
    null
  const frames = createFrameQueue({ forks: config.forks, onMalformed: () => void malformed++ })

  /** The frame that is being added says which channel an event is of; without one it is of the oldest. */
  function onEvent(event: ChannelEvent): void {
    if (event === 'opened' && adding !== null) {
      adding.channel.state = 'open'
      open.set(adding.channel.id, { channel: adding.channel, first: adding.frame.data })
    }
    if (event === 'frame_added' && adding !== null) adding.found.outcome = 'added'
    if (event !== 'timed_out' && event !== 'dropped') return
    const [oldest] = open.values()
    if (oldest === undefined) return
    oldest.channel.state = event === 'dropped' ? 'dropped' : 'timed out'
    open.delete(oldest.channel.id)
  }

  let provider: ChannelProvider = createChannelBank(config, onEvent)

  function found(frame: Frame, block: L1BlockRef) {
    const known = open.get(frame.channelId)?.channel
    const isNew = known === undefined || (isHolocene && frame.number === 0)
    const channel: FoundChannel = isNew
      ? { id: frame.channelId, frames: [], state: 'refused', completedIn: null }
      : known
    const one: FoundFrame = {
      ...{ number: frame.number, bytes: frame.data.length, isLast: frame.isLast },
      ...{ l1Block: block.number, outcome: 'refused' },
    }
    channel.frames.push(one)
    if (isNew) channels.push(channel)
    return { frame, found: one, channel }
  }

  function complete(data: CompleteChannel, block: L1BlockRef): FoundChannel {
    const [piece] = data
    const own = [...open.values()].find(({ first }) => piece !== undefined && bytesEqual(first, piece))
    const channel = (own ?? [...open.values()][0])?.channel
    if (channel === undefined) throw new Error('expected a complete channel to have been opened')
    open.delete(channel.id)
    channel.state = 'complete'
    channel.completedIn = block
    return channel
  }

  return {
    channels,
    get malformed() {
      return malformed
    },
    *enter(block, payloads) {
      if (isForkActive(config.forks, 'holocene', block.timestamp) && !isHolocene) {
        isHolocene = true
        provider = createChannelAssembler(config, onEvent)
      }
      frames.load(payloads, block)
      for (;;) {
        adding = null
        const data = provider.next(block)
        if (data !== undefined) {
          yield { channel: complete(data, block), data }
          continue
        }
        const frame = runSteps(frames.next())
        if (frame === undefined) return
        adding = found(frame, block)
        provider.add(frame, block)
      }
    },
  }
}
