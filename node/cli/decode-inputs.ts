import { parseTransaction, recoverTransactionAddress, type TransactionSerialized } from 'viem'
import { readInputFile, readInputStream } from '../adapters/files/input-file.ts'
import { ConfigError } from '../config/config-error.ts'
import { decodeBlob } from '../protocol/blob.ts'
import { bytesToHex, hexToBytes } from '../protocol/bytes.ts'
import { parseBatcherPayload } from '../protocol/frame.ts'
import { keccak256 } from '../protocol/hash.ts'
import {
  type DecodeOptions,
  reportChannel,
  reportDeposit,
  reportFrames,
  reportSpanBatch,
} from './decode-report.ts'
import type { FetchedTransaction } from './fetch-transaction.ts'
import { reportUpgradeBundle } from './upgrade-bundle-report.ts'

export const decodeKinds = [
  'batcher-tx',
  'channel',
  'span-batch',
  'blob',
  'deposit-tx',
  'upgrade-bundle',
] as const
export type DecodeKind = (typeof decodeKinds)[number]

/** The name under which standard input is read. */
const standardInput = '-'

/**
 * The report on one or more files of a kind, of which one may be `-`: standard input.
 * @throws Error saying what is wrong with the files.
 */
export async function decodeFiles(
  kind: DecodeKind,
  files: readonly string[],
  options: DecodeOptions,
  stdin: AsyncIterable<Uint8Array> = process.stdin,
): Promise<unknown> {
  if (files.length === 0) throw new ConfigError('expected a file, found none')
  if (files.filter((file) => file === standardInput).length > 1)
    throw new ConfigError(`expected standard input (${standardInput}) once, found it more often`)
  if (files.length > 1 && kind !== 'batcher-tx' && kind !== 'blob')
    throw new ConfigError(`expected one ${kind} file, found ${files.length}`)
  const inputs: Uint8Array[] = []
  for (const file of files)
    inputs.push(file === standardInput ? await readInputStream(stdin, 'standard input') : readInputFile(file))
  return decodeInputs(kind, inputs, options)
}

async function decodeInputs(
  kind: DecodeKind,
  inputs: readonly Uint8Array[],
  options: DecodeOptions,
): Promise<unknown> {
  if (kind === 'batcher-tx') {
    const transactions = await Promise.all(inputs.map(readBatcherTransaction))
    return {
      transactions: transactions.map(({ summary }) => summary),
      ...(await reportPayloads(
        transactions.map(({ data }) => data),
        options,
      )),
    }
  }
  if (kind === 'blob') {
    const payloads = inputs.map(decodeBlob)
    const blobs = payloads.map((payload) => ({ bytes: payload.length, version: payload[0] }))
    return { blobs, ...(await reportPayloads(payloads, options)) }
  }
  const bytes = inputs[0]!
  if (kind === 'deposit-tx') return reportDeposit(bytes)
  if (kind === 'upgrade-bundle') return reportUpgradeBundle(bytes, options.fork, options.gasLimit)
  return kind === 'channel' ? await reportChannel(bytes, options) : reportSpanBatch(bytes, options)
}

/** The report on batcher transactions that were read from L1: one stream of frames, in their order. */
export async function decodeFetched(
  fetched: readonly FetchedTransaction[],
  options: DecodeOptions,
): Promise<unknown> {
  return {
    transactions: fetched.map(({ hash, type, from, to, block, kind, payloads }) => ({
      ...{ hash, type, from, to },
      block: { number: block.number, hash: block.hash, timestamp: block.timestamp },
      [kind]: payloads.map((payload) => ({ bytes: payload.length, version: payload[0] })),
    })),
    ...(await reportPayloads(
      fetched.flatMap(({ payloads }) => payloads),
      options,
    )),
  }
}

function reportPayloads(payloads: readonly Uint8Array[], options: DecodeOptions) {
  return reportFrames(payloads.flatMap(parseBatcherPayload), options)
}

/** A signed EIP-2718 transaction whose calldata is a batcher payload. */
async function readBatcherTransaction(bytes: Uint8Array) {
  const serialized = bytesToHex(bytes) as TransactionSerialized
  const transaction = parseTransaction(serialized)
  const data = hexToBytes(transaction.data ?? '0x')
  const summary = {
    hash: keccak256(bytes),
    type: transaction.type,
    from: await recoverTransactionAddress({ serializedTransaction: serialized as never }),
    to: transaction.to ?? null,
    dataBytes: data.length,
    version: data[0],
  }
  return { summary, data }
}
