import type { Hex } from 'viem'
import type { Frame } from './frame.ts'
import { FrameMap } from './frame-map.ts'
import { frameOverhead } from './limits.ts'
import type { L1BlockRef } from './refs.ts'

/**
 * A channel that is being put together from its frames; {@link addFrame} changes it in place, because a channel of many
 * frames must not be copied for each. Source: specs/protocol/derivation.md, "Channel Bank".
 */
export interface Channel {
  /** 16 bytes. */
  readonly id: Hex
  /** L1 block of the first frame; the channel's timeout counts from here. */
  readonly openBlock: L1BlockRef
  /** Data by frame number. */
  readonly frames: FrameMap
  /** Number of the closing frame; null while it is missing. */
  lastFrameNumber: number | null
  /** Bytes of data plus 200 per frame. */
  sizeBytes: number
}

export type AddFrameResult = { readonly added: true } | { readonly added: false; readonly reason: string }

export function createChannel(id: Hex, openBlock: L1BlockRef): Channel {
  return { id, openBlock, frames: new FrameMap(), lastFrameNumber: null, sizeBytes: 0 }
}

/**
 * Adds a frame, in any order. Refused without effect: a frame of another channel, a second closing frame, a second
 * frame with the same number, a frame after the closing one. A closing frame removes those buffered after it.
 */
export function addFrame(channel: Channel, frame: Frame): AddFrameResult {
  const reason = refusal(channel, frame)
  if (reason !== undefined) return { added: false, reason }
  channel.frames.add(frame.number, detached(frame.data))
  channel.sizeBytes += frameSize(frame.data)
  if (frame.isLast) {
    channel.lastFrameNumber = frame.number
    for (const number of channel.frames.keys())
      if (number > frame.number) {
        channel.sizeBytes -= frameSize(channel.frames.get(number)!)
        channel.frames.delete(number)
      }
  }
  return { added: true }
}

function refusal({ id, frames, lastFrameNumber }: Channel, frame: Frame): string | undefined {
  if (frame.channelId !== id) return `frame is of channel ${frame.channelId}, not ${id}`
  if (frame.isLast && lastFrameNumber !== null)
    return `frame ${frame.number} closes the channel that frame ${lastFrameNumber} closed`
  if (frames.has(frame.number)) return `frame ${frame.number} is known already`
  if (lastFrameNumber !== null && frame.number >= lastFrameNumber)
    return `frame ${frame.number} is after frame ${lastFrameNumber}, which closed the channel`
  return undefined
}

/** True when the closing frame and every frame before it are there. */
export function isReady(channel: Channel): boolean {
  return channel.lastFrameNumber !== null && channel.frames.size === channel.lastFrameNumber + 1
}

/** Bytes that count towards the channel bank's limit. */
export function size(channel: Channel): number {
  return channel.sizeBytes
}

/** The frames' data in order: the compressed batches of a ready channel. */
export function channelData(channel: Channel): readonly Uint8Array[] {
  return Array.from({ length: channel.frames.size }, (_, number) => channel.frames.get(number)!)
}

function frameSize(data: Uint8Array): number {
  return data.length + frameOverhead
}

/**
 * A frame may be a small part of its batcher transaction, which would otherwise stay in memory for it: what a channel
 * holds must be no more than what its size counts.
 */
function detached(data: Uint8Array): Uint8Array {
  if (data.length === 0) return noData
  return data.length * 2 < data.buffer.byteLength ? new Uint8Array(data) : data
}

const noData = new Uint8Array()
