import { defineCommand } from 'citty'
import { readConfigFile, readSecretFile } from '../../node/adapters/files/secret-files.ts'
import { createKzg } from '../../node/adapters/kzg/kzg.ts'
import { createPinoLogger } from '../../node/adapters/logs/pino-logger.ts'
import { stopOnCrash } from '../../node/adapters/system/process-crash.ts'
import { abortOnProcessSignals } from '../../node/adapters/system/process-signals.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { compressChannel } from '../../node/adapters/zlib/compress-channel.ts'
import { ConfigError } from '../../node/config/config-error.ts'
import { parseRollupConfig, type RollupConfig } from '../../node/config/rollup-config.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { batcherRpcTimeoutMs, startBatcher } from '../batcher/batcher.ts'
import { batcherDefaults } from '../batcher/defaults.ts'
import { l1Over } from '../batcher/l1-transport.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { oneOf, positive, webUrl } from './named-values.ts'
import { UsageError } from './usage-error.ts'

const batcherCommand = defineCommand({
  meta: {
    name: 'batcher',
    description:
      "Submit a sequencer's blocks to L1 until a signal comes, as the batcher of a devstack does. Flags have op-batcher's names. The key pays on L1 and must be that of the chain's batcher.",
  },
  args: {
    'l1-eth-rpc': { type: 'string', valueHint: 'URL', description: 'L1 (required)' },
    'l2-eth-rpc': { type: 'string', valueHint: 'URL', description: "The sequencer's engine (required)" },
    'rollup-rpc': { type: 'string', valueHint: 'URL', description: "The sequencer's node (required)" },
    'rollup.config': { type: 'string', valueHint: 'FILE', description: 'Rollup configuration (required)' },
    'private-key-file': {
      type: 'string',
      valueHint: 'FILE',
      description: '32 bytes in hex, in a file: a flag would be seen by every user of the machine (required)',
    },
    'data-availability-type': {
      type: 'string',
      valueHint: 'TYPE',
      description: 'calldata or blobs. Default: calldata',
    },
    'batch-type': { type: 'string', valueHint: 'TYPE', description: 'span or singular. Default: span' },
    'compression-algo': { type: 'string', valueHint: 'NAME', description: 'brotli or zlib. Default: brotli' },
    'poll-interval': { type: 'string', valueHint: 'SECONDS', description: 'Default: 1' },
    'max-channel-duration': {
      type: 'string',
      valueHint: 'BLOCKS',
      description: 'Close a channel at least every so many L1 blocks. Default: 1',
    },
    'log.format': { type: 'string', valueHint: 'FORMAT', description: 'text or json. Default: text' },
  },
})

/** `lockstep batcher`. @throws UsageError for a flag that is wrong. */
export async function batcher(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(batcherCommand, argv)
  if (parsed.help) return exitCode.passed
  const { args } = parsed
  const required = (
    name: 'l1-eth-rpc' | 'l2-eth-rpc' | 'rollup-rpc' | 'rollup.config' | 'private-key-file',
  ) => {
    const found = args[name]
    if (found === undefined || found === '') throw new UsageError(`expected --${name}, found no such flag`)
    return found
  }
  const url = (name: 'l1-eth-rpc' | 'l2-eth-rpc' | 'rollup-rpc') => webUrl(`--${name}`, required(name))
  const [l1, l2, node] = [url('l1-eth-rpc'), url('l2-eth-rpc'), url('rollup-rpc')]
  const format = oneOf('log.format', args['log.format'] ?? 'text', ['text', 'json'])
  const dataAvailability = oneOf('data-availability-type', args['data-availability-type'] ?? 'calldata', [
    'calldata',
    'blobs',
  ])
  const batchType = oneOf('batch-type', args['batch-type'] ?? batcherDefaults.batchType, ['span', 'singular'])
  const compression = oneOf('compression-algo', args['compression-algo'] ?? batcherDefaults.compression, [
    'brotli',
    'zlib',
  ])
  const pollIntervalMs = 1000 * positive('poll-interval', args['poll-interval'] ?? '1')
  const maxChannelDurationL1Blocks = Math.ceil(
    positive('max-channel-duration', args['max-channel-duration'] ?? '1'),
  )

  const logger = createPinoLogger({ level: 'info', format })
  const { rollup, privateKey } = asUsage(() => ({
    rollup: readRollup(required('rollup.config')),
    privateKey: readKey(required('private-key-file'), (path) =>
      logger.warn('every user of this machine can read the secret: expected mode 0600', { path }),
    ),
  }))

  await stopOnCrash(abortOnProcessSignals(logger), logger, async (stopped) => {
    const kzg = createKzg()
    const rpc = (at: string) => createHttpRpcClient({ url: at, timeoutMs: batcherRpcTimeoutMs })
    try {
      const running = await startBatcher({
        ...batcherDefaults,
        ...{
          rollup,
          privateKey,
          logger,
          kzg,
          batchType,
          compression,
          pollIntervalMs,
          maxChannelDurationL1Blocks,
        },
        l1: l1Over(l1),
        l2: rpc(l2),
        node: rpc(node),
        compress: compressChannel,
        dataAvailability: () => dataAvailability,
        clock: createSystemClock(),
      })
      logger.info('the batcher runs', { address: running.status().address, inbox: rollup.batchInboxAddress })
      if (!stopped.aborted)
        await new Promise((resolve) => stopped.addEventListener('abort', resolve, { once: true }))
      await running.close()
    } finally {
      await kzg.close()
    }
  })
  return exitCode.passed
}

function readRollup(path: string): RollupConfig {
  const what = 'rollup configuration (--rollup.config)'
  const text = readConfigFile(path, what)
  try {
    return parseRollupConfig(JSON.parse(text))
  } catch (error) {
    throw new ConfigError(`${what}: ${path}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function readKey(path: string, onExposed: (path: string) => void): `0x${string}` {
  const key = readSecretFile(path, 'key (--private-key-file)', onExposed)
  return `0x${Buffer.from(key).toString('hex')}`
}

/** A file that a flag names is part of the command line. */
function asUsage<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}
