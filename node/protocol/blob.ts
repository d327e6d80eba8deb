import { sha256 } from '@noble/hashes/sha2'
import type { Hash } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex } from './bytes.ts'

/**
 * Batcher data in a blob. Source: specs/protocol/ecotone/derivation.md, "Blob Encoding".
 *
 * A blob is 4096 field elements of 32 bytes whose two highest bits must stay clear. They are filled in rounds of four:
 * each takes 31 bytes of data in its lower bytes, and the four 6-bit remainders of the first bytes hold three bytes more.
 */
export const blobLength = 131_072
const rounds = 1024
const elementLength = 32
/** Bytes of data in a round: 4 × 31 + 3. */
const roundLength = 127
/** The first element starts with the 6 bits, then version 1 and length 3. */
const headerLength = 5
const encodingVersion = 0

/** Bytes of data that fit in one blob. */
export const blobDataLengthMax = roundLength * rounds - 4

/**
 * The data in a blob; all bytes after it must be zero.
 * @throws DecodeError when the blob does not have the encoding; it then holds no batcher data.
 */
export function decodeBlob(blob: Uint8Array): Uint8Array {
  if (blob.length !== blobLength)
    throw new DecodeError(`expected a blob of ${blobLength} bytes, found ${blob.length}`)
  if (blob[1] !== encodingVersion)
    throw new DecodeError(`expected blob encoding version ${encodingVersion}, found ${blob[1]}`)
  const length = (blob[2]! << 16) | (blob[3]! << 8) | blob[4]!
  if (length > blobDataLengthMax)
    throw new DecodeError(`expected at most ${blobDataLengthMax} bytes of data, found ${length}`)

  // Laid out as if the header were data, which starts the output four bytes late.
  const output = new Uint8Array(roundLength * rounds)
  let input = 0
  for (let round = 0; round < rounds && (round === 0 || round * roundLength - 4 < length); round++)
    input = decodeRound(blob, input, output, round)
  const data = output.subarray(4)
  if (data.subarray(length).some((byte) => byte !== 0))
    throw new DecodeError(`expected zeros after ${length} bytes of data`)
  if (blob.subarray(input).some((byte) => byte !== 0))
    throw new DecodeError(`expected zeros after byte ${input} of the blob`)
  return data.slice(0, length)
}

function decodeRound(blob: Uint8Array, start: number, output: Uint8Array, round: number): number {
  const sixBits: number[] = []
  for (let element = 0; element < 4; element++) {
    const from = start + element * elementLength
    const first = blob[from]!
    // The very first byte is not looked at by op-node, and a valid field element may have its second highest bit set.
    if ((first & 0xc0) !== 0 && from !== 0)
      throw new DecodeError(
        `expected two clear bits at byte ${from} of the blob, found 0x${first.toString(16)}`,
      )
    sixBits.push(first & 0x3f)
    output.set(blob.subarray(from + 1, from + elementLength), round * roundLength + element * elementLength)
  }
  const [a, b, c, d] = sixBits as [number, number, number, number]
  output[round * roundLength + 31] = a | ((b & 0x30) << 2)
  output[round * roundLength + 63] = (b & 0x0f) | ((d & 0x0f) << 4)
  output[round * roundLength + 95] = c | ((d & 0x30) << 2)
  return start + 4 * elementLength
}

/** @throws DecodeError when the data does not fit in one blob. */
export function encodeBlob(data: Uint8Array): Uint8Array {
  if (data.length > blobDataLengthMax)
    throw new DecodeError(`expected at most ${blobDataLengthMax} bytes of data, found ${data.length}`)
  const input = new Uint8Array(roundLength * rounds)
  input.set([encodingVersion, data.length >> 16, (data.length >> 8) & 0xff, data.length & 0xff])
  input.set(data, headerLength - 1)
  const blob = new Uint8Array(blobLength)
  for (let round = 0; round * roundLength < data.length + 4; round++) {
    const from = round * roundLength
    const to = round * 4 * elementLength
    const [x, y, z] = [input[from + 31]!, input[from + 63]!, input[from + 95]!]
    const sixBits = [x & 0x3f, (y & 0x0f) | ((x & 0xc0) >> 2), z & 0x3f, ((z & 0xc0) >> 2) | (y >> 4)]
    sixBits.forEach((bits, element) => {
      blob[to + element * elementLength] = bits
      const start = from + element * elementLength
      blob.set(input.subarray(start, start + elementLength - 1), to + element * elementLength + 1)
    })
  }
  return blob
}

/**
 * What a transaction names a blob by: the hash of its KZG commitment (48 bytes).
 * Source: EIP-4844, `kzg_to_versioned_hash`.
 */
export function versionedHash(commitment: Uint8Array): Hash {
  return bytesToHex(sha256(commitment).fill(versionedHashVersion, 0, 1))
}

/** `VERSIONED_HASH_VERSION_KZG`. */
const versionedHashVersion = 0x01
