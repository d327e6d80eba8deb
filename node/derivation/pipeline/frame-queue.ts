import { type ForkSchedule, isForkActive } from '../../config/forks.ts'
import { type Frame, FrameError, findFrames, readFrame } from '../../protocol/frame.ts'
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
  /** Where the frames of the last payload begin. */
  let frames: readonly number[] = []
  let frameIndex = 0

  function* find(payload: Uint8Array): Steps<readonly number[]> {
    try {
      const found = yield* findFrames(payload)
      return holocene ? yield* pruneFrames(found, (offset) => readFrame(payload, offset)) : found
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
        frames = yield* find(payload)
        payloadIndex += 1
        frameIndex = 0
      }
      return readFrame(payloads[payloadIndex - 1]!, frames[frameIndex++]!)
    },
  }
}

const framesPerStep = 2048

/**
 * Drops the frames of one batcher transaction that break the strict order: a frame that does not continue the one
 * before it, and an unclosed channel that another one's first frame overtakes. `read` gives the frame of an item.
 * Source: specs/protocol/holocene/derivation.md, "Frame Queue". A repeated first frame of the same channel is dropped
 * too, as op-node does.
 */
export function* pruneFrames<Item>(items: readonly Item[], read: (item: Item) => Frame): Steps<Item[]> {
  const kept: Item[] = []
  const last = () => (kept.length === 0 ? undefined : read(kept.at(-1)!))
  for (const [index, item] of items.entries()) {
    const frame = read(item)
    let previous = last()
    if (frame.number === 0)
      for (; previous !== undefined && isOvertaken(previous, frame); previous = last()) kept.pop()
    if (previous === undefined || follows(previous, frame)) kept.push(item)
    if (index % framesPerStep === framesPerStep - 1) yield
  }
  return kept
}

/** True for a frame of an unclosed channel before the first frame of another. */
function isOvertaken(previous: Frame, first: Frame): boolean {
  return !previous.isLast && previous.channelId !== first.channelId
}

function follows(previous: Frame, frame: Frame): boolean {
  if (previous.channelId !== frame.channelId) return frame.number === 0
  return !previous.isLast && frame.number === previous.number + 1
}
