import { compress } from 'snappyjs'
import { ByteReader, DecodeError } from './byte-reader.ts'
import { runSteps, type Steps } from './steps.ts'

/** Bytes that one step makes: some milliseconds. */
const stepBytes = 1024 * 1024

/** Compresses to snappy's block format, which has no frames and no checksum. */
export function snappyCompress(data: Uint8Array): Uint8Array {
  return compress(data)
}

/** What the data says that it decompresses to, in bytes; undefined when it does not say it. Nothing is decompressed. */
export function snappyDeclaredLength(data: Uint8Array): number | undefined {
  try {
    return Number(new ByteReader(data).uvarint())
  } catch (error) {
    if (error instanceof DecodeError) return undefined
    throw error
  }
}

/** As {@link snappyDecompressSteps}, in one go. */
export function snappyDecompress(data: Uint8Array, lengthMax: number): Uint8Array {
  return runSteps(snappyDecompressSteps(data, lengthMax))
}

/**
 * Decompresses snappy's block format (google/snappy, format_description.txt).
 *
 * Peers send this data, so it is decoded here and not by snappyjs, whose decoder loops for ever on a literal with a
 * negative length and accepts data that does not have the declared length. The loop calls nothing for a copy: half a
 * megabyte can hold 160 000 of them.
 * @throws DecodeError when the declared length is above `lengthMax`, or the data is malformed or of another length.
 */
export function* snappyDecompressSteps(data: Uint8Array, lengthMax: number): Steps<Uint8Array> {
  const reader = new ByteReader(data)
  const length = reader.uvarint()
  if (length > BigInt(lengthMax))
    throw new DecodeError(`expected at most ${lengthMax} decompressed bytes, found ${length}`)
  const output = new Uint8Array(Number(length))
  let [produced, stepEnd] = [0, stepBytes]
  for (let at = reader.offset; at < data.length; ) {
    const tag = data[at++]!
    const kind = tag & 3
    const code = tag >> 2
    // What follows the tag, little-endian: a literal's length from 61 on, or a copy's offset.
    const width = kind === 0 ? Math.max(0, code - 59) : kind === 3 ? 4 : kind
    if (width > data.length - at)
      throw new DecodeError(`expected ${width} bytes at offset ${at}, found ${data.length - at}`)
    let following = 0
    for (let index = 0; index < width; index++) following += data[at++]! * 2 ** (8 * index)
    const count = kind === 0 ? (width > 0 ? following : code) + 1 : kind === 1 ? (code & 7) + 4 : code + 1
    if (count > output.length - produced)
      throw new DecodeError(
        `expected at most ${output.length} decompressed bytes, found more at offset ${at}`,
      )
    if (kind === 0) {
      if (count > data.length - at)
        throw new DecodeError(`expected ${count} bytes at offset ${at}, found ${data.length - at}`)
      output.set(data.subarray(at, at + count), produced)
      at += count
    } else {
      const offset = kind === 1 ? ((tag >> 5) << 8) | following : following
      if (offset === 0 || offset > produced)
        throw new DecodeError(`expected a copy from at most ${produced} bytes before, found ${offset}`)
      // Byte by byte: the two ranges may overlap, which repeats a pattern.
      for (let index = produced; index < produced + count; index++) output[index] = output[index - offset]!
    }
    produced += count
    if (produced >= stepEnd) {
      stepEnd = produced + stepBytes
      yield
    }
  }
  if (produced !== output.length)
    throw new DecodeError(`expected ${output.length} decompressed bytes, found ${produced}`)
  return output
}
