import type { Address, Hash, Hex } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, bytesToUint } from './bytes.ts'

/** Where an RLP item's content lies: `[start, end)`; the next item begins at `end`. */
export interface RlpItem {
  readonly isList: boolean
  readonly start: number
  readonly end: number
}

/**
 * Reads the header of the item at `offset`. Only canonical headers are accepted (Ethereum yellow paper, appendix B),
 * as by geth's decoder, so that decoding and encoding again gives the same bytes.
 * @throws DecodeError when the header is not canonical or the content would end past `limit`.
 */
export function readRlpItem(bytes: Uint8Array, offset: number, limit = bytes.length): RlpItem {
  const prefix = bytes[offset]
  if (prefix === undefined || offset >= limit)
    throw new DecodeError(`expected an RLP item at offset ${offset}, found the end`)
  if (prefix < 0x80) return { isList: false, start: offset, end: offset + 1 }
  const isList = prefix >= 0xc0
  const short = prefix - (isList ? 0xc0 : 0x80)
  let start = offset + 1
  let length = short
  if (short > 55) {
    const lengthBytes = short - 55
    length = 0
    for (const end = start + lengthBytes; start < end; start++)
      length = length * 256 + (bytes[start] ?? Number.NaN)
    if (!(length > 55) || bytes[offset + 1] === 0)
      throw new DecodeError(`expected a canonical RLP length at offset ${offset}`)
  }
  if (start + length > limit)
    throw new DecodeError(
      `expected ${length} bytes of RLP content at offset ${start}, found ${Math.max(0, limit - start)}`,
    )
  if (!isList && length === 1 && bytes[start]! < 0x80)
    throw new DecodeError(`expected the RLP byte at offset ${start} without a prefix`)
  return { isList, start, end: start + length }
}

/** A cursor over the items of one RLP list, reading them without copying. */
export class RlpReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  #offset: number

  /** Reads from `bytes[start, end)`, which are the contents of a list. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes
    this.#offset = start
    this.#end = end
  }

  /** A reader of the list at `offset`; `end` of the list may lie before the end of the bytes. */
  static list(bytes: Uint8Array, offset = 0): RlpReader {
    const item = readRlpItem(bytes, offset)
    if (!item.isList) throw new DecodeError(`expected an RLP list at offset ${offset}, found a string`)
    return new RlpReader(bytes, item.start, item.end)
  }

  /** Where the next item begins. */
  get offset(): number {
    return this.#offset
  }

  get done(): boolean {
    return this.#offset >= this.#end
  }

  #next(isList: boolean): RlpItem {
    const item = readRlpItem(this.#bytes, this.#offset, this.#end)
    if (item.isList !== isList)
      throw new DecodeError(
        `expected an RLP ${isList ? 'list' : 'string'} at offset ${this.#offset}, found a ${item.isList ? 'list' : 'string'}`,
      )
    this.#offset = item.end
    return item
  }

  /** Moves over one item of either kind. */
  skip(): void {
    this.#offset = readRlpItem(this.#bytes, this.#offset, this.#end).end
  }

  /** Where the contents of the next item, which must be a list, lie. */
  listItem(): RlpItem {
    return this.#next(true)
  }

  list(): RlpReader {
    const item = this.#next(true)
    return new RlpReader(this.#bytes, item.start, item.end)
  }

  /** A view of a string's content; with `length`, of exactly that many bytes. */
  string(length?: number): Uint8Array {
    const item = this.#next(false)
    if (length !== undefined && item.end - item.start !== length)
      throw new DecodeError(
        `expected ${length} bytes at offset ${item.start}, found ${item.end - item.start}`,
      )
    return this.#bytes.subarray(item.start, item.end)
  }

  hex(length?: number): Hex {
    return bytesToHex(this.string(length))
  }

  hash(): Hash {
    return this.hex(32)
  }

  address(): Address {
    return this.hex(20)
  }

  /** An address or the empty string, which stands for contract creation. */
  addressOrNull(): Address | null {
    const bytes = this.string()
    if (bytes.length !== 0 && bytes.length !== 20)
      throw new DecodeError(
        `expected an address or nothing before offset ${this.#offset}, found ${bytes.length} bytes`,
      )
    return bytes.length === 0 ? null : bytesToHex(bytes)
  }

  /** A canonical integer of at most `bytesMax` bytes. */
  uint(bytesMax: number): bigint {
    return bytesToUint(this.uintBytes(bytesMax))
  }

  /** The big-endian bytes of a canonical integer, none for zero: what is never calculated with needs no bigint. */
  uintBytes(bytesMax: number): Uint8Array {
    const bytes = this.string()
    if (bytes.length > bytesMax || bytes[0] === 0)
      throw new DecodeError(
        `expected an integer of at most ${bytesMax} bytes without leading zeros before offset ${this.#offset}`,
      )
    return bytes
  }

  uint64(): bigint {
    return this.uint(8)
  }

  boolean(): boolean {
    const value = this.uint(1)
    if (value > 1n) throw new DecodeError(`expected 0 or 1 before offset ${this.#offset}, found ${value}`)
    return value === 1n
  }

  /** @throws DecodeError when the list has more items. */
  expectEnd(): void {
    if (!this.done)
      throw new DecodeError(
        `expected the end of the RLP list at offset ${this.#offset}, found ${this.#end - this.#offset} more bytes`,
      )
  }
}
