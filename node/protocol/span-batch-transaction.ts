import type { Address, Hex } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, bytesToUint, concatBytes, hexToBytes } from './bytes.ts'
import { RlpReader, readRlpItem } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'

/** A transaction as a span batch takes it apart. Source: specs/protocol/delta/span-batches.md, "Span batch format". */
export interface SpanBatchTransaction {
  /** `null` creates a contract. */
  readonly to: Address | null
  readonly yParity: boolean
  /** r ‖ s, 32 bytes each. */
  readonly signature: Uint8Array
  /** The fields of variable length: for a legacy transaction an RLP list, else the type byte and an RLP list. */
  readonly data: Uint8Array
  readonly nonce: bigint
  readonly gas: bigint
  /** EIP-155; legacy transactions only, else false. */
  readonly isProtected: boolean
}

const legacyType = 0
/** Price fields in `data`: gas price, or tip and fee cap. */
const layouts: ReadonlyMap<number, { readonly prices: number; readonly lists: number }> = new Map([
  [legacyType, { prices: 1, lists: 0 }],
  [1, { prices: 1, lists: 1 }],
  [2, { prices: 2, lists: 1 }],
  [4, { prices: 2, lists: 2 }],
])

/** True for the `data` of a legacy transaction, which starts with its RLP list. */
export function isLegacyData(data: Uint8Array): boolean {
  return data[0]! >= 0xc0
}

/**
 * The EIP-2718 encoding of a transaction of a span batch.
 * @throws DecodeError when the type is unknown or a field is malformed.
 */
export function joinSpanBatchTransaction(transaction: SpanBatchTransaction, chainId: bigint): Hex {
  const { data, to, signature } = transaction
  const legacy = isLegacyData(data)
  const type = legacy ? legacyType : data[0]!
  const layout = layouts.get(type)
  if (layout === undefined || (type === legacyType && !legacy))
    throw new DecodeError(`expected a span batch transaction of type 0, 1, 2 or 4, found type ${type}`)
  if (type === 4 && to === null)
    throw new DecodeError('expected a recipient in a set-code transaction, found none')
  const fields = readFields(data, legacy ? 0 : 1, type)
  const { value, prices, input, lists } = fields
  const toItem = to === null ? rlpString(new Uint8Array()) : rlpString(hexToBytes(to))
  const nonce = rlpUint(transaction.nonce)
  const gas = rlpUint(transaction.gas)
  const r = rlpUint(bytesToUint(signature.subarray(0, 32)))
  const s = rlpUint(bytesToUint(signature.subarray(32, 64)))
  const parity = transaction.yParity ? 1n : 0n
  if (legacy) {
    const v = transaction.isProtected ? chainId * 2n + 35n + parity : 27n + parity
    return bytesToHex(rlpList([nonce, ...prices, gas, toItem, value, input, rlpUint(v), r, s]))
  }
  const body = rlpList([
    rlpUint(chainId),
    nonce,
    ...prices,
    gas,
    toItem,
    value,
    input,
    ...lists,
    rlpUint(parity),
    r,
    s,
  ])
  return bytesToHex(concatBytes([Uint8Array.of(type), body]))
}

interface Fields {
  readonly value: Uint8Array
  readonly prices: readonly Uint8Array[]
  readonly input: Uint8Array
  readonly lists: readonly Uint8Array[]
}

/** The encoded items of `data`, checked as strictly as geth's decoder does. */
function readFields(data: Uint8Array, offset: number, type: number): Fields {
  const layout = layouts.get(type)!
  const reader = RlpReader.list(data, offset)
  const item = (check: () => void): Uint8Array => {
    const start = reader.offset
    check()
    return data.subarray(start, reader.offset)
  }
  // op-node bounds integers only for set-code transactions; a longer one is the execution engine's to refuse.
  const uint = () => item(() => reader.uint(type === 4 ? 32 : Number.POSITIVE_INFINITY))
  const fields = {
    value: uint(),
    prices: Array.from({ length: layout.prices }, uint),
    input: item(() => reader.string()),
    lists: [checkAccessList, checkAuthorizations]
      .slice(0, layout.lists)
      .map((check) => item(() => check(reader.list()))),
  }
  reader.expectEnd()
  return fields
}

/** EIP-2930: list of [address, [storage keys]]. */
function checkAccessList(list: RlpReader): void {
  while (!list.done) {
    const entry = list.list()
    entry.string(20)
    const keys = entry.list()
    while (!keys.done) keys.string(32)
    entry.expectEnd()
  }
}

/** EIP-7702: list of [chain id, address, nonce, y parity, r, s]. */
function checkAuthorizations(list: RlpReader): void {
  while (!list.done) {
    const entry = list.list()
    entry.uint(32)
    entry.string(20)
    entry.uint(8)
    entry.uint(1)
    entry.uint(32)
    entry.uint(32)
    entry.expectEnd()
  }
}

/**
 * Takes an EIP-2718 encoded transaction apart for a span batch.
 * @throws DecodeError when the type cannot be in a span batch or the transaction is signed for another chain.
 */
export function splitSpanBatchTransaction(transaction: Hex, chainId: bigint): SpanBatchTransaction {
  const bytes = hexToBytes(transaction)
  const legacy = isLegacyData(bytes)
  const type = legacy ? legacyType : bytes[0]!
  const layout = layouts.get(type)
  if (layout === undefined || (type === legacyType && !legacy))
    throw new DecodeError(`expected a transaction of type 0, 1, 2 or 4 for a span batch, found type ${type}`)
  const reader = RlpReader.list(bytes, legacy ? 0 : 1)
  const item = () => {
    const start = reader.offset
    const { end } = readRlpItem(bytes, start)
    reader.skip()
    return bytes.subarray(start, end)
  }
  if (!legacy) expectChain(reader.uint64(), chainId)
  const nonce = reader.uint64()
  const prices = Array.from({ length: layout.prices }, item)
  const gas = reader.uint64()
  const to = reader.addressOrNull()
  const value = item()
  const input = item()
  const lists = Array.from({ length: layout.lists }, item)
  const v = reader.uint64()
  const signature = new Uint8Array(64)
  const r = reader.string()
  signature.set(r, 32 - r.length)
  const s = reader.string()
  signature.set(s, 64 - s.length)
  reader.expectEnd()
  const data = rlpList([value, ...prices, input, ...lists])
  const isProtected = legacy && v >= 35n
  if (isProtected) expectChain((v - 35n) / 2n, chainId)
  return {
    to,
    yParity: legacy ? (isProtected ? (v - 35n) % 2n === 1n : v === 28n) : v === 1n,
    signature,
    data: legacy ? data : concatBytes([Uint8Array.of(type), data]),
    nonce,
    gas,
    isProtected,
  }
}

function expectChain(found: bigint, chainId: bigint): void {
  if (found !== chainId)
    throw new DecodeError(`expected a transaction for chain ${chainId}, found chain ${found}`)
}
