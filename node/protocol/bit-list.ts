import { type ByteReader, DecodeError } from './byte-reader.ts'

/**
 * Bits of a span batch: a big-endian integer, padded on the left with zeros to whole bytes, whose least significant
 * bit belongs to the first element. Source: specs/protocol/delta/span-batches.md, "Span batch format".
 */
export interface BitList {
  readonly length: number
  readonly bytes: Uint8Array
}

/** @throws DecodeError when the bytes are missing or a padding bit is set. */
export function readBitList(reader: ByteReader, length: number): BitList {
  const bytes = reader.take(Math.ceil(length / 8))
  const used = length % 8
  if (used !== 0 && bytes[0]! >> used !== 0)
    throw new DecodeError(`expected at most ${length} bits, found more before offset ${reader.offset}`)
  return { length, bytes }
}

export function bitAt(list: BitList, index: number): boolean {
  const byte = list.bytes[list.bytes.length - 1 - (index >> 3)]
  return byte !== undefined && ((byte >> (index & 7)) & 1) === 1
}

export function bitListOf(bits: readonly boolean[]): BitList {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8))
  bits.forEach((bit, index) => {
    if (bit) bytes[bytes.length - 1 - (index >> 3)]! |= 1 << (index & 7)
  })
  return { length: bits.length, bytes }
}
