import { defineCommand } from 'citty'
import { parseTransaction, recoverTransactionAddress, type TransactionSerialized } from 'viem'
import { readInputFile } from '../adapters/files/input-file.ts'
import { decodeBlob } from '../protocol/blob.ts'
import { bytesToHex, hexToBytes } from '../protocol/bytes.ts'
import { type Frame, parseBatcherPayload } from '../protocol/frame.ts'
import { keccak256 } from '../protocol/hash.ts'
import {
  type DecodeOptions,
  reportChannel,
  reportDeposit,
  reportFrames,
  reportSpanBatch,
} from './decode-report.ts'
import { reportUpgradeBundle } from './upgrade-bundle-report.ts'

const kinds = ['batcher-tx', 'channel', 'span-batch', 'blob', 'deposit-tx', 'upgrade-bundle'] as const
type Kind = (typeof kinds)[number]

/** Fjord's limit on what is read of a channel. */
const defaultMaxRlpBytes = '100000000'

/** Kinds that are the same on every chain. */
const withoutChain: readonly Kind[] = ['deposit-tx', 'upgrade-bundle']

/** `lockstep decode`: shows what batcher data, a deposit or an upgrade bundle holds, as JSON. */
export const decodeCommand = defineCommand({
  meta: {
    name: 'decode',
    description: 'Show what batcher data, a deposit or an upgrade bundle holds, as JSON',
  },
  args: {
    kind: { type: 'positional', description: kinds.join(' | '), required: true },
    file: {
      type: 'positional',
      description:
        'Binary or hex, JSON for an upgrade-bundle; several files of batcher-tx or blob are one stream of frames',
      required: true,
    },
    'chain-id': {
      type: 'string',
      description: 'L2 chain id; required, except for a deposit-tx or an upgrade-bundle, which have none',
      valueHint: 'N',
    },
    'genesis-time': {
      type: 'string',
      description: 'Time of the L2 genesis block in seconds; 0 shows relative times',
      valueHint: 'T',
      default: '0',
    },
    'block-time': { type: 'string', description: 'L2 block time in seconds', valueHint: 'S', default: '2' },
    'max-rlp-bytes': {
      type: 'string',
      description: 'Decompressed bytes of a channel that are read',
      valueHint: 'N',
      default: defaultMaxRlpBytes,
    },
    fork: {
      type: 'string',
      description: 'Fork that an upgrade-bundle is for; required for one',
      valueHint: 'NAME',
    },
    'gas-limit': {
      type: 'string',
      description: 'Gas limit of the system config, to which an upgrade-bundle adds',
      valueHint: 'N',
      default: '60000000',
    },
    blocks: { type: 'boolean', description: 'List the blocks of span batches', default: false },
  },
  async run({ args }) {
    try {
      const kind = parseKind(args.kind)
      const chainId = args['chain-id'] ?? (withoutChain.includes(kind) ? '0' : undefined)
      if (chainId === undefined) throw new Error('expected --chain-id N, found none')
      const options: DecodeOptions = {
        chainId: parseUint('--chain-id', chainId),
        genesisTime: parseUint('--genesis-time', args['genesis-time']),
        blockTime: parseUint('--block-time', args['block-time']),
        maxRlpBytes: Number(parseUint('--max-rlp-bytes', args['max-rlp-bytes'])),
        listBlocks: args.blocks,
        fork: args.fork,
        gasLimit: parseUint('--gas-limit', args['gas-limit']),
      }
      // The positionals beyond the declared ones are further files.
      const report = await decodeFiles(kind, args._.slice(1), options)
      process.stdout.write(`${JSON.stringify(report, renderBigint, 2)}\n`)
    } catch (error) {
      process.stderr.write(`lockstep decode: ${error instanceof Error ? error.message : error}\n`)
      process.exitCode = 1
    }
  },
})

/** The report on one or more files of a kind. */
export async function decodeFiles(
  kind: Kind,
  files: readonly string[],
  options: DecodeOptions,
): Promise<unknown> {
  const [file] = files
  if (file === undefined) throw new Error('expected a file, found none')
  if (kind === 'batcher-tx') {
    const transactions = await Promise.all(files.map((path) => readBatcherTransaction(readInputFile(path))))
    const frames = transactions.flatMap(({ frames: found }) => found)
    return {
      transactions: transactions.map(({ summary }) => summary),
      ...(await reportFrames(frames, options)),
    }
  }
  if (kind === 'blob') {
    const payloads = files.map((path) => decodeBlob(readInputFile(path)))
    const blobs = payloads.map((payload) => ({ bytes: payload.length, version: payload[0] }))
    return { blobs, ...(await reportFrames(payloads.flatMap(parseBatcherPayload), options)) }
  }
  if (files.length > 1) throw new Error(`expected one ${kind} file, found ${files.length}`)
  const bytes = readInputFile(file)
  if (kind === 'deposit-tx') return reportDeposit(bytes)
  if (kind === 'upgrade-bundle') return reportUpgradeBundle(bytes, options.fork, options.gasLimit)
  return kind === 'channel' ? await reportChannel(bytes, options) : reportSpanBatch(bytes, options)
}

/** A signed EIP-2718 transaction whose calldata is a batcher payload. */
async function readBatcherTransaction(bytes: Uint8Array): Promise<{ summary: unknown; frames: Frame[] }> {
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
  return { summary, frames: parseBatcherPayload(data) }
}

function parseKind(value: string): Kind {
  const kind = kinds.find((name) => name === value)
  if (kind === undefined) throw new Error(`expected one of ${kinds.join(', ')}, found ${value}`)
  return kind
}

function parseUint(name: string, value: string): bigint {
  if (!/^\d{1,20}$/.test(value)) throw new Error(`${name}: expected a non-negative integer, found ${value}`)
  return BigInt(value)
}

/** Exact in either form: a JSON number while that can hold it, else a string. */
function renderBigint(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString()
}
