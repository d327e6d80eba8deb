import type { Hex } from 'viem'
import { bytesToHex } from './bytes.ts'

/** Encoded data ends early or holds a value that its format does not allow. */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError'
}

const maxUint64 = 0xffff_ffff_ffff_ffffn

/** A cursor over bytes that never reads past their end. Integers are big-endian. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #offset: number

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#offset = offset
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.bytes.length - this.#offset
  }

  /** Moves over `length` bytes and returns where they start. */
  skip(length: number): number {
    if (length > this.remaining)
      throw new DecodeError(`expected ${length} bytes at offset ${this.#offset}, found ${this.remaining}`)
    const start = this.#offset
    this.#offset += length
    return start
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.skip(length)
    return this.bytes.subarray(start, start + length)
  }

  hex(length: number): Hex {
    const start = this.skip(length)
    return bytesToHex(this.bytes, start, start + length)
  }

  peek(): number {
    const byte = this.bytes[this.#offset]
    if (byte === undefined) throw new DecodeError(`expected a byte at offset ${this.#offset}, found the end`)
    return byte
  }

  uint8(): number {
    return this.#view.getUint8(this.skip(1))
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2))
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4))
  }

  uint64(): bigint {
    return this.#view.getBigUint64(this.skip(8))
  }

  uint256(): bigint {
    return BigInt(this.hex(32))
  }

  /**
   * An unsigned base-128 varint of at most 64 bits. Longer encodings than needed are fine, as for Go's
   * `binary.ReadUvarint`, which op-node uses.
   */
  uvarint(): bigint {
    const start = this.#offset
    const low = this.#uvarintNumber()
    if (low !== undefined) return BigInt(low)
    this.#offset = start
    let value = 0n
    for (let index = 0; index < 10; index++) {
      const byte = this.uint8()
      value |= BigInt(byte & 0x7f) << BigInt(index * 7)
      if (byte < 0x80) {
        if (value > maxUint64) break
        return value
      }
    }
    throw new DecodeError(`expected a varint of at most 64 bits before offset ${this.#offset}`)
  }

  /** As {@link uvarint}, without its value. */
  skipUvarint(): void {
    const start = this.#offset
    if (this.#uvarintNumber() !== undefined) return
    this.#offset = start
    this.uvarint()
  }

  /** A varint of at most `max`, which must be a safe integer; `what` it counts goes into the error. */
  count(max: number, what: string): number {
    const start = this.#offset
    const value = this.#uvarintNumber() ?? Number.POSITIVE_INFINITY
    if (value <= max) return value
    this.#offset = start
    throw new DecodeError(`expected at most ${max} ${what}, found ${this.uvarint()}`)
  }

  /** A varint of at most seven groups, which a double holds exactly: nearly all are, and a batch has millions. */
  #uvarintNumber(): number | undefined {
    let value = 0
    let factor = 1
    for (let index = 0; index < 7; index++) {
      const byte = this.bytes[this.#offset]
      if (byte === undefined)
        throw new DecodeError(`expected a varint at offset ${this.#offset}, found the end`)
      this.#offset += 1
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    return undefined
  }
}
