import { defineCommand } from 'citty'
import { readSecretFile } from '../../node/adapters/files/secret-files.ts'
import { createKzg } from '../../node/adapters/kzg/kzg.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { compressChannel } from '../../node/adapters/zlib/compress-channel.ts'
import { createHttpRpcClient } from '../../node/json-rpc/http-client.ts'
import { batcherRpcTimeoutMs, startBatcher } from '../batcher/batcher.ts'
import { batcherDefaults } from '../batcher/defaults.ts'
import { l1Over } from '../batcher/l1-transport.ts'
import { readArguments } from './arguments.ts'
import { exitCode } from './exit-code.ts'
import { oneOf, positive, webUrl } from './named-values.ts'
import { asUsage, readRollup, runUntilStopped } from './program.ts'
import { logArguments, programLogger } from './program-log.ts'

const batcherCommand = defineCommand({
  meta: {
    name: 'batcher',
    description:
      "Submit a sequencer's blocks to L1 until a signal comes, as the batcher of a devstack does. Flags have op-batcher's names. The key pays on L1 and must be that of the chain's batcher.",
  },
  args: {
    'l1-eth-rpc': { type: 'string', required: true, valueHint: 'URL', description: 'L1' },
    'l2-eth-rpc': {
      type: 'string',
      required: true,
      valueHint: 'URL',
      description: "The sequencer's engine",
    },
    'rollup-rpc': { type: 'string', required: true, valueHint: 'URL', description: "The sequencer's node" },
    'rollup.config': {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: 'Rollup configuration',
    },
    'private-key-file': {
      type: 'string',
      required: true,
      valueHint: 'FILE',
      description: '32 bytes in hex, in a file: every user of the machine can see a flag',
    },
    'data-availability-type': {
      type: 'string',
      valueHint: 'TYPE',
      default: 'calldata',
      description: 'calldata or blobs',
    },
    'batch-type': {
      type: 'string',
      valueHint: 'TYPE',
      default: batcherDefaults.batchType,
      description: 'span or singular',
    },
    'compression-algo': {
      type: 'string',
      valueHint: 'NAME',
      default: batcherDefaults.compression,
      description: 'brotli or zlib',
    },
    'poll-interval': { type: 'string', valueHint: 'SECONDS', default: '1', description: 'Between two looks' },
    'max-channel-duration': {
      type: 'string',
      valueHint: 'BLOCKS',
      default: String(batcherDefaults.maxChannelDurationL1Blocks),
      description: 'Close a channel at least every so many L1 blocks',
    },
    ...logArguments,
  },
})

/**
 * `lockstep batcher`: 0 after a signal, 1 when L1 cannot be asked or is another chain.
 * @throws UsageError for a flag that is wrong.
 */
export async function batcher(argv: readonly string[]): Promise<number> {
  const parsed = await readArguments(batcherCommand, argv)
  if (parsed.help) return exitCode.passed
  const { args } = parsed
  const url = (flag: 'l1-eth-rpc' | 'l2-eth-rpc' | 'rollup-rpc') => webUrl(`--${flag}`, args[flag])
  const [l1, l2, node] = [url('l1-eth-rpc'), url('l2-eth-rpc'), url('rollup-rpc')]
  const dataAvailability = oneOf('data-availability-type', args['data-availability-type'], [
    'calldata',
    'blobs',
  ])
  const format = {
    batchType: oneOf('batch-type', args['batch-type'], ['span', 'singular']),
    compression: oneOf('compression-algo', args['compression-algo'], ['brotli', 'zlib']),
    maxChannelDurationL1Blocks: Math.ceil(positive('max-channel-duration', args['max-channel-duration'])),
  }
  const pollIntervalMs = 1000 * positive('poll-interval', args['poll-interval'])
  const logger = programLogger(args)
  const rollup = readRollup(args['rollup.config'])
  const keyPath = args['private-key-file']
  const key = asUsage(() =>
    readSecretFile(keyPath, 'key (--private-key-file)', (path) =>
      logger.warn('every user of this machine can read the secret: expected mode 0600', { path }),
    ),
  )

  return await runUntilStopped(logger, async () => {
    const kzg = createKzg()
    const rpc = (at: string) => createHttpRpcClient({ url: at, timeoutMs: batcherRpcTimeoutMs })
    try {
      const running = await startBatcher({
        ...batcherDefaults,
        ...format,
        ...{ rollup, logger, kzg, pollIntervalMs, clock: createSystemClock(), compress: compressChannel },
        ...{ l1: l1Over(l1), l2: rpc(l2), node: rpc(node) },
        privateKey: `0x${Buffer.from(key).toString('hex')}`,
        dataAvailability: () => dataAvailability,
      })
      logger.info('batcher runs', { address: running.status().address, inbox: rollup.batchInboxAddress })
      return {
        async close() {
          await running.close()
          await kzg.close()
        },
      }
    } catch (error) {
      await kzg.close()
      throw error
    }
  })
}
