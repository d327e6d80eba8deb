import type { Address, Hex } from 'viem'
import { createL2Source } from '../../node/adapters/engine/l2-source.ts'
import { createFollowSource } from '../../node/adapters/follow-source/follow-source.ts'
import { createBackOff } from '../../node/concurrency/back-off.ts'
import { errorText } from '../../node/concurrency/error-text.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { ChannelCompression } from '../../node/ports/decompressor.ts'
import type { Kzg } from '../../node/ports/kzg.ts'
import type { Logger } from '../../node/ports/logger.ts'
import type { BatcherEvent } from './batcher-event.ts'
import { type BatcherProgress, createBatcherWork } from './batcher-work.ts'
import type { BatchType, CompressChannel } from './channel-out.ts'
import type { DataAvailability } from './data-availability.ts'
import { createSubmitter, type SubmitterOptions } from './submitter.ts'

export interface BatcherOptions {
  readonly rollup: RollupConfig
  readonly l1: SubmitterOptions['l1']
  /** `eth_` API of the sequencer's execution engine. */
  readonly l2: JsonRpcClient
  /** `optimism_` API of the sequencer's node. */
  readonly node: JsonRpcClient
  /** Makes commitments and proofs of blobs. The caller ends it. */
  readonly kzg: Kzg
  readonly compress: CompressChannel
  readonly privateKey: Hex
  readonly pollIntervalMs: number
  /** Do nothing until `start`. */
  readonly stopped?: boolean
  /** Singular in any case before Delta, and while the sequencing window ends. */
  readonly batchType: BatchType
  readonly compression: ChannelCompression
  /** Asked anew for every transaction. */
  readonly dataAvailability: () => DataAvailability
  /** Bytes of calldata, or of a blob's data, that hold one frame. */
  readonly maxFrameBytes: number
  /** A channel is closed at least every so many L1 blocks. */
  readonly maxChannelDurationL1Blocks: number
  /** Transactions that may wait for inclusion. */
  readonly maxPendingTransactions: number
  readonly logger: Logger
  readonly clock: Clock
  readonly onEvent?: (event: BatcherEvent) => void
}

export interface BatcherStatus extends BatcherProgress {
  readonly running: boolean
  /** The account that pays for the batches. */
  readonly address: Address
}

/** Submits the sequencer's unsafe blocks to the batch inbox on L1. */
export interface Batcher {
  /** Goes on with what was held when it was stopped. */
  start(): void
  /** Resolves when the last tick has ended. What was sent stays sent. */
  stop(): Promise<void>
  /** Stops for good. */
  close(): Promise<void>
  readonly running: boolean
  status(): BatcherStatus
}

/** How long one call may take. */
export const batcherRpcTimeoutMs = 5_000
const backOffMsMax = 5_000
/** How many times as often the sequencer is looked at while the sequencing window ends. */
const looksInHaste = 4

/**
 * Starts a batcher that works in ticks of `pollIntervalMs`, shorter ones while the sequencing window ends; a tick that fails
 * is repeated after a growing delay.
 * @throws Error when L1 cannot be asked or is another chain than the rollup config's.
 */
export async function startBatcher(options: BatcherOptions): Promise<Batcher> {
  const { rollup, clock, pollIntervalMs } = options
  const logger = options.logger.child({ component: 'batcher' })
  const submitter = createSubmitter({
    l1: options.l1,
    chainId: rollup.l1ChainId,
    privateKey: options.privateKey,
    inbox: rollup.batchInboxAddress,
    timeoutMs: batcherRpcTimeoutMs,
    kzg: options.kzg,
  })
  await submitter.checkChain()

  const publish = ({ kind, ...fields }: BatcherEvent) => {
    const level = kind === 'error' ? 'warn' : 'info'
    logger[level](`batcher ${kind}`, fields)
    options.onEvent?.({ kind, ...fields } as BatcherEvent)
  }
  const work = createBatcherWork({
    ...options,
    config: rollup,
    node: createFollowSource(options.node),
    l2: createL2Source({ rpc: options.l2, forks: rollup.forks }),
    submitter,
    onEvent: publish,
  })

  async function run(signal: AbortSignal): Promise<void> {
    const backOff = createBackOff({ firstMs: pollIntervalMs, maxMs: Math.max(pollIntervalMs, backOffMsMax) })
    while (!signal.aborted) {
      let delayMs = pollIntervalMs
      try {
        await work.tick(signal)
        backOff.reset()
        // A pause that is as long as L1 takes for a block would lose each of them, one after the other.
        if (work.progress().isWindowEnding) delayMs /= looksInHaste
      } catch (error) {
        if (signal.aborted) return
        delayMs = backOff.next()
        publish({ kind: 'error', message: errorText(error) })
      }
      await clock.sleep(delayMs, signal).catch(() => undefined)
    }
  }

  let controller: AbortController | undefined
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const stop = async () => {
    controller?.abort()
    controller = undefined
    await running
  }
  const start = () => {
    if (closed) throw new Error('expected an open batcher to start, found a closed one')
    if (controller !== undefined) return
    controller = new AbortController()
    const { signal } = controller
    // A start right after a stop waits for the last tick of the run before.
    running = running.then(() => run(signal))
  }
  if (options.stopped !== true) start()

  return {
    start,
    stop,
    async close() {
      closed = true
      await stop()
    },
    get running() {
      return controller !== undefined
    },
    status: () => ({ ...work.progress(), running: controller !== undefined, address: submitter.address }),
  }
}
