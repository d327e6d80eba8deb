import type { Frame } from '../../protocol/frame.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'

/** The compressed data of a channel, in pieces. */
export type CompleteChannel = readonly Uint8Array[]

/** Turns frames into complete channels: the channel bank before Holocene, the channel assembler from then on. */
export interface ChannelProvider {
  /** The next complete channel, or undefined when more frames are needed. */
  next(origin: L1BlockRef): CompleteChannel | undefined
  /** Takes in a frame, or drops it. `next` must have answered undefined. */
  add(frame: Frame, origin: L1BlockRef): void
  /** How many channels wait for frames, and their size as `MAX_CHANNEL_BANK_SIZE` counts it. */
  readonly held: { readonly channels: number; readonly bytes: number }
}

/**
 * What happens to channels and their frames. `dropped`: pruned, too large, or replaced by another. `frame_refused`: it
 * fits no open channel.
 */
export type ChannelEvent = 'opened' | 'frame_added' | 'frame_refused' | 'completed' | 'timed_out' | 'dropped'

/** Told about each, for metrics. */
export type ChannelObserver = (event: ChannelEvent) => void
