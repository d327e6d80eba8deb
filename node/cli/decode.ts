import { defineCommand } from 'citty'
import type { Hash } from 'viem'
import { InputFileError } from '../adapters/files/input-file.ts'
import { ConfigError } from '../config/config-error.ts'
import { RollupConfigError } from '../config/rollup-config.ts'
import { chainOf, parseUint } from './decode-chain.ts'
import { type DecodeKind, decodeFetched, decodeFiles, decodeKinds } from './decode-inputs.ts'
import type { DecodeOptions } from './decode-report.ts'
import { fetchTransaction } from './fetch-transaction.ts'
import { openL1Access } from './l1-access.ts'

/** Fjord's limit on what is read of a channel. */
const defaultMaxRlpBytes = '100000000'
/** More transactions than the frames of one channel need. */
const transactionsMax = 100

/** Kinds that are the same on every chain. */
const withoutChain: readonly DecodeKind[] = ['deposit-tx', 'upgrade-bundle']

/** `lockstep decode`: shows what batcher data, a deposit or an upgrade bundle holds, as JSON. */
export const decodeCommand = defineCommand({
  meta: {
    name: 'decode',
    description:
      'Show what batcher data, a deposit or an upgrade bundle holds, as JSON: of files, of standard input, or of transactions on L1.',
  },
  args: {
    kind: { type: 'positional', description: `${decodeKinds.join(' | ')}; not with --tx`, required: false },
    file: {
      type: 'positional',
      description:
        'Binary or hex, JSON for an upgrade-bundle; - is standard input; several of batcher-tx or blob are one stream of frames',
      required: false,
    },
    tx: {
      type: 'string',
      description: 'Read these batcher transactions from L1, in their order, in place of files',
      valueHint: 'HASH,…',
    },
    l1: { type: 'string', description: 'RPC of the L1 that has them', valueHint: 'URL' },
    beacon: {
      type: 'string',
      description: 'Beacon API of that L1, for transactions with blobs',
      valueHint: 'URL',
    },
    'l1.trustrpc': {
      type: 'boolean',
      description: 'Take headers and transactions of L1 without proving them',
      default: false,
    },
    'rollup.config': {
      type: 'string',
      description: "The chain's rollup.json, for the next three flags",
      valueHint: 'FILE',
    },
    'chain-id': {
      type: 'string',
      description: 'L2 chain id; a deposit-tx and an upgrade-bundle need none',
      valueHint: 'N',
    },
    'genesis-time': {
      type: 'string',
      description: 'Time of the L2 genesis block in seconds. Default: 0, which shows relative times',
      valueHint: 'T',
    },
    'block-time': {
      type: 'string',
      description: 'L2 block time in seconds. Default: 2',
      valueHint: 'S',
    },
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
      const [kindText, ...files] = args._
      const kind = args.tx === undefined ? parseKind(kindText) : 'batcher-tx'
      const chain = chainOf(
        {
          rollupConfig: args['rollup.config'],
          chainId: args['chain-id'],
          genesisTime: args['genesis-time'],
          blockTime: args['block-time'],
        },
        !withoutChain.includes(kind),
      )
      const options: DecodeOptions = {
        ...chain,
        maxRlpBytes: Number(parseUint('--max-rlp-bytes', args['max-rlp-bytes'])),
        listBlocks: args.blocks,
        fork: args.fork,
        gasLimit: parseUint('--gas-limit', args['gas-limit']),
      }
      const report =
        args.tx === undefined
          ? await decodeFiles(kind, files, options)
          : await decodeTransactions(
              args.tx,
              { l1: args.l1, beacon: args.beacon, trustRpc: args['l1.trustrpc'] },
              files,
              options,
            )
      process.stdout.write(`${JSON.stringify(report, renderBigint, 2)}\n`)
    } catch (error) {
      process.stderr.write(`lockstep decode: ${error instanceof Error ? error.message : error}\n`)
      // As of every command: 2 for the command line and the files that it names, 1 for what they hold.
      process.exitCode = usageErrors.some((wrong) => error instanceof wrong) ? 2 : 1
    }
  },
})

/** The command line, or a file that it names and that cannot be read. */
const usageErrors = [ConfigError, RollupConfigError, InputFileError]

/** The report on transactions that L1 has. */
async function decodeTransactions(
  text: string,
  told: {
    readonly l1: string | undefined
    readonly beacon: string | undefined
    readonly trustRpc: boolean
  },
  files: readonly string[],
  options: DecodeOptions,
): Promise<unknown> {
  if (files.length > 0) throw new ConfigError(`expected files or --tx, found both: ${files.join(' ')}`)
  const hashes = parseHashes(text)
  if (told.l1 === undefined) throw new ConfigError('--tx: expected --l1 URL with it, found none')
  await using opened = new AsyncDisposableStack()
  const access = openL1Access(
    {
      url: parseUrl('--l1', told.l1),
      beaconUrl: told.beacon === undefined ? null : parseUrl('--beacon', told.beacon),
      trustRpc: told.trustRpc,
    },
    opened,
  )
  // A command that the user ends has nothing to finish.
  const { signal } = new AbortController()
  const fetched = []
  for (const hash of hashes) fetched.push(await fetchTransaction(access, hash, signal))
  return await decodeFetched(fetched, options)
}

function parseKind(value: string | undefined): DecodeKind {
  const kind = decodeKinds.find((name) => name === value)
  if (kind === undefined)
    throw new ConfigError(`expected one of ${decodeKinds.join(', ')}, found ${value ?? 'none'}`)
  return kind
}

function parseHashes(text: string): readonly Hash[] {
  const hashes = text.split(',')
  if (hashes.length > transactionsMax)
    throw new ConfigError(`--tx: expected at most ${transactionsMax} transactions, found ${hashes.length}`)
  return hashes.map((hash) => {
    if (!/^0x[0-9a-fA-F]{64}$/.test(hash))
      throw new ConfigError(`--tx: expected 0x and 64 hex digits, found ${JSON.stringify(hash.slice(0, 80))}`)
    return hash.toLowerCase() as Hash
  })
}

function parseUrl(flag: string, text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null
  if (url === null || !/^https?:$/.test(url.protocol))
    throw new ConfigError(
      `${flag}: expected a URL with http or https, found ${JSON.stringify(text.slice(0, 80))}`,
    )
  return text
}

/** Exact in either form: a JSON number while that can hold it, else a string. */
function renderBigint(_key: string, value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString()
}
