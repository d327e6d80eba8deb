import type { Frame } from '../../protocol/frame.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'

/** Turns frames into complete channels: the channel bank before Holocene, the channel assembler from then on. */
export interface ChannelProvider {
  /** The compressed data of the next complete channel, or undefined when more frames are needed. */
  next(origin: L1BlockRef): Uint8Array | undefined
  /** Takes in a frame, or drops it. `next` must have answered undefined. */
  add(frame: Frame, origin: L1BlockRef): void
}
