import type { Address, Hex } from 'viem'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, bytesToUint, concatBytes, hexToBytes } from './bytes.ts'
import { RlpReader, readRlpItem } from './rlp-reader.ts'
import { rlpList, rlpString, rlpUint } from './rlp-writer.ts'
import { runSteps, type Steps } from './steps.ts'

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
export const setCodeType = 4
const listEntriesPerStep = 4096
/** Price fields in `data`: gas price, or tip and fee cap. */
const layouts: ReadonlyMap<number, { readonly prices: number; readonly lists: number }> = new Map([
  [legacyType, { prices: 1, lists: 0 }],
  [1, { prices: 1, lists: 1 }],
  [2, { prices: 2, lists: 1 }],
  [setCodeType, { prices: 2, lists: 2 }],
])

/** True for the `data` of a legacy transaction, which starts with its RLP list. */
export function isLegacyData(data: Uint8Array): boolean {
  return data[0]! >= 0xc0
}

/**
 * Checks that a transaction can be joined, as strictly as geth's decoder would.
 * @throws DecodeError when the type is unknown or a field is malformed.
 */
export function* checkSpanBatchTransaction(data: Uint8Array, isCreation: boolean): Steps<void> {
  const type = typeOf(data)
  if (type === setCodeType && isCreation)
    throw new DecodeError('expected a recipient in a set-code transaction, found none')
  const { prices, lists } = layouts.get(type)!
  const reader = RlpReader.list(data, type === legacyType ? 0 : 1)
  // op-node bounds integers only for set-code transactions; a longer one is the execution engine's to refuse.
  const bytesMax = type === setCodeType ? 32 : Number.POSITIVE_INFINITY
  for (let index = 0; index < 1 + prices; index++) reader.uintBytes(bytesMax)
  reader.string()
  if (lists > 0) yield* checkAccessList(reader.list())
  if (lists > 1) yield* checkAuthorizations(reader.list())
  reader.expectEnd()
}

/** @throws DecodeError when a transaction of that type cannot be in a span batch. */
function typeOf(data: Uint8Array): number {
  if (isLegacyData(data)) return legacyType
  const type = data[0]!
  if (type === legacyType || !layouts.has(type))
    throw new DecodeError(`expected a span batch transaction of type 0, 1, 2 or 4, found type ${type}`)
  return type
}

/** EIP-2930: list of [address, [storage keys]]. */
function* checkAccessList(list: RlpReader): Steps<void> {
  for (let read = 1; !list.done; read++) {
    const entry = list.list()
    entry.string(20)
    for (const keys = entry.list(); !keys.done; read++) {
      keys.string(32)
      if (read % listEntriesPerStep === 0) yield
    }
    entry.expectEnd()
    if (read % listEntriesPerStep === 0) yield
  }
}

/** EIP-7702: list of [chain id, address, nonce, y parity, r, s]. */
function* checkAuthorizations(list: RlpReader): Steps<void> {
  for (let read = 1; !list.done; read++) {
    const entry = list.list()
    entry.uintBytes(32)
    entry.string(20)
    entry.uintBytes(8)
    entry.uintBytes(1)
    entry.uintBytes(32)
    entry.uintBytes(32)
    entry.expectEnd()
    if (read % listEntriesPerStep === 0) yield
  }
}

/**
 * The EIP-2718 encoding of a transaction of a span batch.
 * @throws DecodeError when the type is unknown or a field is malformed.
 */
export function joinSpanBatchTransaction(transaction: SpanBatchTransaction, chainId: bigint): Hex {
  runSteps(checkSpanBatchTransaction(transaction.data, transaction.to === null))
  return joinCheckedTransaction(transaction, chainId)
}

/** As {@link joinSpanBatchTransaction}, for one that was checked before. */
export function joinCheckedTransaction(transaction: SpanBatchTransaction, chainId: bigint): Hex {
  const { data, to, signature } = transaction
  const type = typeOf(data)
  const { value, prices, rest } = splitData(data, type)
  const toItem = to === null ? rlpString(new Uint8Array()) : rlpString(hexToBytes(to))
  const nonce = rlpUint(transaction.nonce)
  const gas = rlpUint(transaction.gas)
  const r = rlpUint(bytesToUint(signature.subarray(0, 32)))
  const s = rlpUint(bytesToUint(signature.subarray(32, 64)))
  const parity = transaction.yParity ? 1n : 0n
  if (type === legacyType) {
    const v = transaction.isProtected ? chainId * 2n + 35n + parity : 27n + parity
    return bytesToHex(rlpList([nonce, prices, gas, toItem, value, rest, rlpUint(v), r, s]))
  }
  const body = rlpList([rlpUint(chainId), nonce, prices, gas, toItem, value, rest, rlpUint(parity), r, s])
  return bytesToHex(concatBytes([Uint8Array.of(type), body]))
}

/** The encoded items of `data`: value, prices, and what follows them, which is in the same order in the transaction. */
function splitData(data: Uint8Array, type: number) {
  const list = readRlpItem(data, type === legacyType ? 0 : 1)
  const value = readRlpItem(data, list.start)
  let pricesEnd = value.end
  for (let index = 0; index < layouts.get(type)!.prices; index++) pricesEnd = readRlpItem(data, pricesEnd).end
  return {
    value: data.subarray(list.start, value.end),
    prices: data.subarray(value.end, pricesEnd),
    rest: data.subarray(pricesEnd, list.end),
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
