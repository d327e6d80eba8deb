import { readFileSync } from 'node:fs'
import { defineCommand } from 'citty'
import type { Address } from 'viem'
import { createBeacon } from '../../node/adapters/beacon/beacon.ts'
import { createBeaconClient } from '../../node/adapters/beacon/beacon-client.ts'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { createKzg } from '../../node/adapters/kzg/kzg.ts'
import { createL1Source } from '../../node/adapters/l1/l1-source.ts'
import { createPinoLogger } from '../../node/adapters/logs/pino-logger.ts'
import { recoverKey } from '../../node/adapters/secp256k1/recover-key.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { createDecompressor } from '../../node/adapters/zlib/decompressor.ts'
import { errorText } from '../../node/concurrency/error-text.ts'
import { parseRollupConfig, type RollupConfig } from '../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { parseJson } from '../../node/json-rpc/json.ts'
import { decodeRange } from '../incidents/decode/decode-range.ts'
import { decodeText } from '../incidents/decode/decode-text.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { webUrl } from './named-values.ts'
import { UsageError } from './usage-error.ts'

const timeoutMs = 10_000
/** About a day of Ethereum. */
const l1BlocksMax = 7_200n

const decodeRangeCommand = defineCommand({
  meta: {
    name: 'decode',
    description:
      'Say of each channel in a range of L1 blocks which L2 blocks it holds, whether they become safe or are dropped, and why, by the rules of the node’s own derivation.',
  },
  args: {
    l1: { type: 'string', required: true, valueHint: 'URL', description: 'RPC of L1' },
    from: { type: 'string', required: true, valueHint: 'N', description: 'First L1 block' },
    to: { type: 'string', required: true, valueHint: 'N', description: 'Last L1 block' },
    'rollup.config': {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'The chain’s rollup.json',
    },
    beacon: { type: 'string', valueHint: 'URL', description: 'Beacon API, for batches in blobs' },
    l2: {
      type: 'string',
      valueHint: 'URL',
      description:
        'RPC of an L2 engine: says which blocks batches build on. Without it they are taken at their word',
    },
    batcher: {
      type: 'string',
      valueHint: 'ADDRESS',
      description: 'Whose transactions count. Default: the one that the rollup config names',
    },
    'l1.trustrpc': {
      type: 'boolean',
      description: 'Take headers and transactions of L1 without proving them',
    },
    json: { type: 'boolean', description: 'Print one JSON object' },
  },
})

/** `lockstep decode --from N --to M`. Exit code 0 when all could be read, whatever it says; 1 when L1 or a beacon failed. */
export async function decodeL1Range(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(decodeRangeCommand, argv)
  if (parsed.help) return 0
  const { args } = parsed
  const [from, to] = [blockNumber('from', args.from), blockNumber('to', args.to)]
  if (to < from || to - from >= l1BlocksMax)
    throw new UsageError(`--to: expected ${from} to ${from + l1BlocksMax - 1n}, found ${to}`)
  const config = rollupOf(args['rollup.config'])
  const l1Url = webUrl('--l1', args.l1)
  const batcher = args.batcher ?? config.genesis.systemConfig.batcherAddr
  if (!/^0x[0-9a-fA-F]{40}$/.test(batcher))
    throw new UsageError(`--batcher: expected an address, found ${batcher}`)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort(new Error('stopped')))
  await using opened = new AsyncDisposableStack()
  const l2Rpc =
    args.l2 === undefined ? null : createHttpRpcClient({ url: webUrl('--l2', args.l2), timeoutMs })
  try {
    const decoded = await decodeRange({
      ...{ config, from, to, signal: stop.signal, decompressor: createDecompressor() },
      batcher: batcher.toLowerCase() as Address,
      l1: createL1Source({
        rpc: createHttpRpcClient({ url: l1Url, timeoutMs }),
        ...{ clock: createSystemClock(), random: createSystemRandom(), recoverKey },
        logger: createPinoLogger({ level: 'error', format: 'text' }),
        trustRpc: args['l1.trustrpc'] === true,
      }),
      beacon: args.beacon === undefined ? null : openBeacon(webUrl('--beacon', args.beacon), opened),
      l2: l2Rpc === null ? null : createL2Source({ rpc: l2Rpc, forks: config.forks }),
    })
    process.stdout.write(
      args.json === true
        ? `${JSON.stringify(decoded, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))}\n`
        : decodeText(decoded),
    )
    return exitCode.passed
  } catch (error) {
    if (stop.signal.aborted) return exitCode.interrupted
    process.stderr.write(`${errorText(error)}\n`)
    return exitCode.failed
  }
}

function openBeacon(url: string, opened: AsyncDisposableStack) {
  const kzg = createKzg()
  opened.defer(() => kzg.close())
  return createBeacon({ beacon: createBeaconClient({ url, timeoutMs }), fallbacks: [], kzg })
}

/** @throws UsageError. */
function blockNumber(flag: string, text: string): bigint {
  if (!/^\d{1,15}$/.test(text))
    throw new UsageError(`--${flag}: expected the number of an L1 block, found ${text}`)
  return BigInt(text)
}

/** @throws UsageError naming the file, or what is wrong in it. */
function rollupOf(path: string): RollupConfig {
  try {
    return parseRollupConfig(parseJson(readFileSync(path, 'utf8')))
  } catch (error) {
    throw new UsageError(
      `--rollup.config: ${path}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
