import { type ForkSchedule, isForkActive } from '../../config/forks.ts'
import { type Frame, FrameError, parseBatcherPayloadInSteps } from '../../protocol/frame.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { Steps } from '../../protocol/steps.ts'

/** The frames of one L1 block that no channel has taken yet; it parses one batcher payload at a time. */
export interface FrameQueue {
  /** The batcher payloads of `origin`, in order; what was left of an earlier block is dropped. */
  load(payloads: readonly Uint8Array[], origin: L1BlockRef): void
  next(): Steps<Frame | undefined>
}

export interface FrameQueueOptions {
  readonly forks: ForkSchedule
  /** Called for a payload that is ignored because it is malformed. */
  readonly onMalformed: (error: FrameError) => void
}

/** Source: specs/protocol/derivation.md, "Frame Queue"; holocene/derivation.md, "Frame Queue". */
export function createFrameQueue({ forks, onMalformed }: FrameQueueOptions): FrameQueue {
  let holocene = false
  let payloads: readonly Uint8Array[] = []
  let payloadIndex = 0
  let frames: readonly Frame[] = []
  let frameIndex = 0

  function* parse(payload: Uint8Array): Steps<readonly Frame[]> {
    try {
      const parsed = yield* parseBatcherPayloadInSteps(payload)
      return holocene ? pruneFrames(parsed) : parsed
    } catch (error) {
      if (!(error instanceof FrameError)) throw error
      onMalformed(error)
      return []
    }
  }

  return {
    load(next, origin) {
      holocene = isForkActive(forks, 'holocene', origin.timestamp)
      payloads = next
      payloadIndex = 0
      frames = []
      frameIndex = 0
    },
    *next() {
      while (frameIndex === frames.length) {
        const payload = payloads[payloadIndex]
        if (payload === undefined) return undefined
        payloadIndex += 1
        frames = yield* parse(payload)
        frameIndex = 0
      }
      return frames[frameIndex++]
    },
  }
}

/**
 * Drops the frames of one batcher transaction that break the strict order: a frame that does not continue the one
 * before it, and an unclosed channel that another one's first frame overtakes.
 * Source: specs/protocol/holocene/derivation.md, "Frame Queue". A repeated first frame of the same channel is dropped
 * too, as op-node does.
 */
export function pruneFrames(frames: readonly Frame[]): Frame[] {
  const kept: Frame[] = []
  for (const frame of frames) {
    if (frame.number === 0) dropUnclosedChannel(kept, frame)
    const previous = kept.at(-1)
    if (previous === undefined || follows(previous, frame)) kept.push(frame)
  }
  return kept
}

function follows(previous: Frame, frame: Frame): boolean {
  if (previous.channelId !== frame.channelId) return frame.number === 0
  return !previous.isLast && frame.number === previous.number + 1
}

function dropUnclosedChannel(kept: Frame[], first: Frame): void {
  for (;;) {
    const previous = kept.at(-1)
    if (previous === undefined || previous.isLast || previous.channelId === first.channelId) return
    kept.pop()
  }
}
