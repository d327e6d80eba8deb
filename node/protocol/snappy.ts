import { compress } from 'snappyjs'
import { ByteReader, DecodeError } from './byte-reader.ts'

/** Compresses to snappy's block format, which has no frames and no checksum. */
export function snappyCompress(data: Uint8Array): Uint8Array {
  return compress(data)
}

/**
 * Decompresses snappy's block format (google/snappy, format_description.txt).
 *
 * Peers send this data, so it is decoded here and not by snappyjs, whose decoder loops for ever on a literal with a
 * negative length and accepts data that does not have the declared length.
 * @throws DecodeError when the declared length is above `lengthMax`, or the data is malformed or of another length.
 */
export function snappyDecompress(data: Uint8Array, lengthMax: number): Uint8Array {
  const reader = new ByteReader(data)
  const length = reader.uvarint()
  if (length > BigInt(lengthMax))
    throw new DecodeError(`expected at most ${lengthMax} decompressed bytes, found ${length}`)
  const output = new Uint8Array(Number(length))
  let produced = 0
  while (reader.remaining > 0) {
    const tag = reader.uint8()
    const kind = tag & 3
    const count =
      kind === 0 ? literalLength(reader, tag >> 2) : kind === 1 ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1
    if (count > output.length - produced)
      throw new DecodeError(
        `expected at most ${output.length} decompressed bytes, found more at offset ${reader.offset}`,
      )
    if (kind === 0) output.set(reader.take(count), produced)
    else copyWithin(output, produced, copyOffset(reader, tag), count)
    produced += count
  }
  if (produced !== output.length)
    throw new DecodeError(`expected ${output.length} decompressed bytes, found ${produced}`)
  return output
}

/** Lengths from 61 on follow the tag in 1 to 4 little-endian bytes. */
function literalLength(reader: ByteReader, code: number): number {
  if (code < 60) return code + 1
  return littleEndian(reader, code - 59) + 1
}

function copyOffset(reader: ByteReader, tag: number): number {
  if ((tag & 3) === 1) return ((tag >> 5) << 8) | reader.uint8()
  return littleEndian(reader, (tag & 3) === 2 ? 2 : 4)
}

function littleEndian(reader: ByteReader, length: number): number {
  let value = 0
  for (let index = 0; index < length; index++) value += reader.uint8() * 2 ** (8 * index)
  return value
}

/** Copies from `offset` bytes before `position`; the two ranges may overlap, which repeats a pattern. */
function copyWithin(output: Uint8Array, position: number, offset: number, count: number): void {
  if (offset === 0 || offset > position)
    throw new DecodeError(`expected a copy from at most ${position} bytes before, found ${offset}`)
  if (offset >= count) output.copyWithin(position, position - offset, position - offset + count)
  else for (let index = position; index < position + count; index++) output[index] = output[index - offset]!
}
