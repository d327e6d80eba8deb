import { concatBytes } from '../../node/protocol/bytes.ts'
import { encodeUvarint } from '../../node/protocol/uvarint.ts'
import type { SeededRandom } from './random.ts'

type Mutation = (bytes: Uint8Array, random: SeededRandom) => Uint8Array

const replaced = (bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array =>
  concatBytes([bytes.subarray(0, start), by, bytes.subarray(end)])

/** A place, more often than not near the start, where formats keep what they count. */
const place = (bytes: Uint8Array, random: SeededRandom) =>
  random.below(random.below(3) === 0 ? bytes.length + 1 : Math.min(bytes.length + 1, 80))

/** Lengths, counts and prefixes at which decoders change their mind. */
const numbers = [0, 1, 2, 0x7f, 0x80, 255, 256, 65_535, 1_000_000, 10_000_000, 10_000_001, 2 ** 32, 2 ** 53]
const oddBytes = [0x00, 0x01, 0x7e, 0x7f, 0x80, 0xb7, 0xb8, 0xbf, 0xc0, 0xf7, 0xf8, 0xff]

/** What can happen to bytes on their way, and what somebody who knows their format would do to them. */
export const mutations: Readonly<Record<string, Mutation>> = {
  flipBit: (bytes, random) => {
    if (bytes.length === 0) return bytes
    const index = random.below(bytes.length)
    return new Uint8Array(bytes).with(index, bytes[index]! ^ (1 << random.below(8)))
  },
  oddByte: (bytes, random) => {
    const at = place(bytes, random)
    return replaced(bytes, at, at + 1, Uint8Array.of(random.pick(oddBytes)))
  },
  truncate: (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  cutStart: (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  repeat: (bytes, random) => {
    const start = random.below(bytes.length + 1)
    const part = bytes.subarray(start, start + random.below(200))
    const times = random.pick([1, 2, 50])
    return replaced(bytes, start, start, concatBytes(Array.from({ length: times }, () => part)))
  },
  remove: (bytes, random) => {
    const start = random.below(bytes.length + 1)
    return replaced(bytes, start, start + 1 + random.below(40), new Uint8Array())
  },
  insert: (bytes, random) => {
    const at = place(bytes, random)
    return replaced(bytes, at, at, random.bytes(1 + random.below(40)))
  },
  varint: (bytes, random) => {
    const at = place(bytes, random)
    return replaced(bytes, at, at + random.below(3), encodeUvarint(random.pick(numbers)))
  },
  length: (bytes, random) => {
    const at = place(bytes, random)
    const width = random.pick([1, 2, 3, 4])
    const value = random.pick(numbers)
    const digits = Uint8Array.from(
      { length: width },
      (_, index) => Math.floor(value / 256 ** (width - 1 - index)) & 255,
    )
    return replaced(bytes, at, at + width, digits)
  },
  zeros: (bytes, random) => {
    const at = place(bytes, random)
    return replaced(bytes, at, at + random.below(64), new Uint8Array(random.pick([1, 64, 5000])))
  },
}

/** Some of the above, one after the other; `other` is what a splice goes on with. */
export function mutate(bytes: Uint8Array, random: SeededRandom, other: Uint8Array = bytes): Uint8Array {
  let result = bytes
  for (let count = 1 + random.below(3); count > 0; count--) {
    const names = Object.keys(mutations)
    const name = random.pick([...names, 'splice'])
    result =
      name === 'splice'
        ? concatBytes([
            result.subarray(0, random.below(result.length + 1)),
            other.subarray(random.below(other.length + 1)),
          ])
        : mutations[name]!(result, random)
  }
  return result
}
