import type { Hex } from 'viem'
import { hexToBytes } from '../../../node/protocol/bytes.ts'
import { quantityToJson } from '../../../node/protocol/json-schema.ts'
import { RlpReader, readRlpItem } from '../../../node/protocol/rlp-reader.ts'
import { transactionTypes } from '../execution/transaction.ts'

/**
 * The fields of a signed transaction as `eth_getTransactionByHash` gives them, from its encoding, which this engine has
 * accepted. Sources: EIP-155, 2930, 1559, 4844, 7702; execution-apis, `schemas/transaction`.
 */
export function signedFieldsToJson(raw: Hex): Record<string, unknown> {
  const bytes = hexToBytes(raw)
  const first = bytes[0] ?? 0
  const type = first >= 0xc0 ? transactionTypes.legacy : first
  const { start, end } = readRlpItem(bytes, type === transactionTypes.legacy ? 0 : 1)
  const reader = new RlpReader(bytes, start, end)
  const fields = type === transactionTypes.legacy ? legacyFields(reader) : typedFields(reader, type)
  return { type: quantityToJson(BigInt(type)), ...fields }
}

function legacyFields(reader: RlpReader): Record<string, unknown> {
  const nonce = quantity(reader)
  reader.skip()
  const call = callFields(reader)
  const v = reader.uint(32)
  // 27 and 28 are signatures without replay protection.
  const chainId = v < 35n ? undefined : quantityToJson((v - 35n) / 2n)
  return { nonce, ...call, chainId, v: quantityToJson(v), ...signatureFields(reader) }
}

function typedFields(reader: RlpReader, type: number): Record<string, unknown> {
  const chainId = quantity(reader)
  const nonce = quantity(reader)
  const fees: Record<string, unknown> = {}
  if (type === transactionTypes.accessList) reader.skip()
  else {
    fees['maxPriorityFeePerGas'] = quantity(reader)
    fees['maxFeePerGas'] = quantity(reader)
  }
  const call = callFields(reader)
  const accessList = entries(reader, (entry) => ({
    address: entry.address(),
    storageKeys: entries(entry, null),
  }))
  const blobs =
    type === transactionTypes.blob
      ? { maxFeePerBlobGas: quantity(reader), blobVersionedHashes: entries(reader, null) }
      : {}
  const authorizationList =
    type === transactionTypes.setCode ? entries(reader, authorizationToJson) : undefined
  const yParity = quantity(reader)
  const signature = { v: yParity, yParity, ...signatureFields(reader) }
  return { chainId, nonce, ...fees, ...call, accessList, ...blobs, authorizationList, ...signature }
}

const quantity = (reader: RlpReader): Hex => quantityToJson(reader.uint(32))

function callFields(reader: RlpReader): Record<string, unknown> {
  return {
    gas: quantity(reader),
    to: reader.addressOrNull(),
    value: quantity(reader),
    input: reader.hex(),
  }
}

function signatureFields(reader: RlpReader): Record<string, unknown> {
  return { r: quantity(reader), s: quantity(reader) }
}

function authorizationToJson(tuple: RlpReader): Record<string, unknown> {
  return {
    chainId: quantity(tuple),
    address: tuple.address(),
    nonce: quantity(tuple),
    yParity: quantity(tuple),
    ...signatureFields(tuple),
  }
}

/** The entries of the list that comes next: lists that `read` reads, or hashes. */
function entries(reader: RlpReader, read: ((entry: RlpReader) => unknown) | null): unknown[] {
  const list = reader.list()
  const found: unknown[] = []
  while (!list.done) found.push(read === null ? list.hash() : read(list.list()))
  return found
}
