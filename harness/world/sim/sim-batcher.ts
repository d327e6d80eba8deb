import { custom } from 'viem'
import { compressChannelSync } from '../../../node/adapters/zlib/compress-channel.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Logger } from '../../../node/ports/logger.ts'
import { batcherRpcTimeoutMs, startBatcher } from '../../batcher/batcher.ts'
import type { DataAvailability } from '../../batcher/data-availability.ts'
import { batcherDefaults } from '../../batcher/defaults.ts'
import type { EventStream } from '../../events/stream.ts'
import type { Account, Accounts } from '../../genesis/accounts.ts'
import type { ChainParameters } from '../../genesis/chain-parameters.ts'
import { recordBatcherEvent } from '../batcher-events.ts'
import { createBatcherHandle } from '../batcher-handle.ts'
import type { BatcherHandle } from '../world.ts'
import type { MemoryLink } from './memory-link.ts'
import { sharedKzg } from './shared-kzg.ts'

export interface SimBatcherOptions {
  readonly rollup: RollupConfig
  readonly accounts: Accounts
  readonly parameters: ChainParameters
  /** How often it looks in the shorter block time. */
  readonly pollsPerBlock: number
  /** Where it puts its frames at first. */
  readonly dataAvailability: DataAvailability
  readonly l1: MemoryLink
  readonly l2: MemoryLink
  readonly node: MemoryLink
  readonly clock: Clock
  readonly events: EventStream
  readonly logger: Logger
}

/** Whoever derives reads it all the same; the batcher's own takes a millisecond more for each L1 block. */
const hastyBrotli = 5

/** The real batcher, within the world's time. It does nothing until it is started. */
export async function createSimBatcher(
  options: SimBatcherOptions,
): Promise<{ readonly handle: BatcherHandle; close(): Promise<void> }> {
  const { clock, events, parameters, accounts } = options
  let { dataAvailability } = options
  const startAs = ({ privateKey }: Account) =>
    startBatcher({
      ...batcherDefaults,
      ...{ rollup: options.rollup, privateKey, clock, logger: options.logger, stopped: true },
      l1: (timeoutMs) => {
        const rpc = options.l1.client(clock, timeoutMs)
        return custom(
          { request: ({ method, params = [] }) => rpc.request(method, params) },
          { retryCount: 0 },
        )
      },
      l2: options.l2.client(clock, batcherRpcTimeoutMs),
      node: options.node.client(clock, batcherRpcTimeoutMs),
      kzg: sharedKzg,
      compress: (data, compression) => compressChannelSync(data, compression, hastyBrotli),
      pollIntervalMs:
        (Math.min(parameters.l1BlockTime, parameters.l2BlockTime) * 1000) / options.pollsPerBlock,
      dataAvailability: () => dataAvailability,
      onEvent: (event) => recordBatcherEvent(events, event),
    })
  return createBatcherHandle({
    ...{ events, startAs, account: accounts.batcher },
    useDataAvailability(next) {
      dataAvailability = next
    },
  })
}
