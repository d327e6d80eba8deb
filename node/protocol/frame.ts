import type { Hex } from 'viem'
import { ByteReader } from './byte-reader.ts'
import { concatBytes, hexToBytes } from './bytes.ts'
import { runSteps, type Steps } from './steps.ts'

/** A piece of a channel. Source: specs/protocol/derivation.md, "Frame Format". */
export interface Frame {
  /** 16 bytes. */
  readonly channelId: Hex
  /** uint16: position of the frame in its channel. */
  readonly number: number
  readonly data: Uint8Array
  readonly isLast: boolean
}

/** A batcher payload or a frame is malformed; all frames of the payload are ignored. */
export class FrameError extends Error {
  override readonly name = 'FrameError'
}

export const derivationVersion0 = 0
/** Bytes of data in one frame. */
export const frameDataLengthMax = 1_000_000
/** Bytes that a frame has beside its data: id 16, number 2, length 4, last 1. */
export const frameHeaderLength = 23

const framesPerStep = 16_384
const noData = new Uint8Array()

/**
 * The frames of a batcher transaction's data (calldata or decoded blob), version byte first.
 * @throws FrameError when any frame is malformed, nothing follows the version byte or the version is not 0.
 */
export function parseBatcherPayload(data: Uint8Array): Frame[] {
  return runSteps(findFrames(data)).map((offset) => readFrame(data, offset))
}

/** Where the frames of a batcher transaction's data begin: it may hold hundreds of thousands. Throws as above. */
export function* findFrames(data: Uint8Array): Steps<number[]> {
  if (data.length === 0) throw new FrameError('expected a version byte, found no data')
  if (data[0] !== derivationVersion0)
    throw new FrameError(`expected derivation version ${derivationVersion0}, found ${data[0]}`)
  const offsets: number[] = []
  for (const reader = new ByteReader(data, 1); reader.remaining > 0; ) {
    const index = offsets.push(reader.offset) - 1
    skipFrame(reader, index)
    if (index % framesPerStep === framesPerStep - 1) yield
  }
  if (offsets.length === 0) throw new FrameError('expected at least one frame, found none')
  return offsets
}

function skipFrame(reader: ByteReader, index: number): void {
  if (reader.remaining < frameHeaderLength)
    throw new FrameError(
      `frame ${index}: expected at least ${frameHeaderLength} bytes, found ${reader.remaining}`,
    )
  reader.skip(18)
  const length = reader.uint32()
  if (length > frameDataLengthMax)
    throw new FrameError(
      `frame ${index}: expected at most ${frameDataLengthMax} bytes of data, found ${length}`,
    )
  if (length + 1 > reader.remaining)
    throw new FrameError(`frame ${index}: expected ${length + 1} more bytes, found ${reader.remaining}`)
  reader.skip(length)
  const last = reader.uint8()
  if (last > 1) throw new FrameError(`frame ${index}: expected is_last to be 0 or 1, found ${last}`)
}

/** The frame at an offset that {@link findFrames} gave. Its data is a view. */
export function readFrame(payload: Uint8Array, offset: number): Frame {
  const reader = new ByteReader(payload, offset)
  const channelId = reader.hex(16)
  const number = reader.uint16()
  const length = reader.uint32()
  const data = length === 0 ? noData : reader.take(length)
  return { channelId, number, data, isLast: reader.uint8() === 1 }
}

/** @throws FrameError when a field does not fit its encoding. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { data, number } = frame
  if (data.length > frameDataLengthMax)
    throw new FrameError(`expected at most ${frameDataLengthMax} bytes of data, found ${data.length}`)
  if (!Number.isInteger(number) || number < 0 || number > 0xffff)
    throw new FrameError(`expected a frame number from 0 to 65535, found ${number}`)
  const id = hexToBytes(frame.channelId)
  if (id.length !== 16) throw new FrameError(`expected a channel id of 16 bytes, found ${id.length}`)
  const result = new Uint8Array(frameHeaderLength + data.length)
  const view = new DataView(result.buffer)
  result.set(id)
  view.setUint16(16, number)
  view.setUint32(18, data.length)
  result.set(data, 22)
  result[22 + data.length] = frame.isLast ? 1 : 0
  return result
}

/** The data of a batcher transaction that carries these frames. */
export function encodeBatcherPayload(frames: readonly Frame[]): Uint8Array {
  if (frames.length === 0) throw new FrameError('expected at least one frame, found none')
  return concatBytes([Uint8Array.of(derivationVersion0), ...frames.map(encodeFrame)])
}
