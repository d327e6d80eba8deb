import { isForkActive } from '../../config/forks.ts'
import type { RollupConfig } from '../../config/rollup-config.ts'
import type { Decompressor } from '../../ports/decompressor.ts'
import type { Batch } from '../../protocol/batch.ts'
import type { L1BlockRef, L2BlockRef } from '../../protocol/refs.ts'
import type { Steps } from '../../protocol/steps.ts'
import type { BatchObserver, BatchPosition, BatchProvider, BatchVerdict } from './batch-provider.ts'
import { createBatchQueue } from './batch-queue.ts'
import { createBatchReader } from './batch-reader.ts'
import { createBatchStage } from './batch-stage.ts'
import { createChannelAssembler } from './channel-assembler.ts'
import { createChannelBank } from './channel-bank.ts'
import type { ChannelObserver, ChannelProvider, CompleteChannel } from './channel-provider.ts'
import { createFrameQueue } from './frame-queue.ts'
import { createL1Window } from './l1-window.ts'
import type { L2Reads } from './l2-reads.ts'

/** Frames that one step takes in. */
const framesPerStep = 512

/**
 * Every stage between an L1 block's batcher payloads and a block's batch, without I/O. From outside: enter an L1 block,
 * then judge and read in turn until the block is exhausted, then enter the next. Each call computes for a few
 * milliseconds at most, whatever the payloads hold.
 */
export interface Stages {
  /** Drops everything. `base` must be entered next. `judged`: see `judgedUpTo` of {@link BatchPosition}; by default nothing. */
  reset(base: L1BlockRef, judged?: bigint): void
  /** The L1 block to read, and its batcher payloads. The one before must be exhausted. */
  enter(origin: L1BlockRef, payloads: readonly Uint8Array[]): void
  /** What follows for this safe head. `exhausted`: `read` has found nothing more in this L1 block. */
  judge(safeHead: L2BlockRef, exhausted: boolean): L2Reads<BatchVerdict>
  /** Goes on towards the next batch; 'batch' when the batch stage has it, 'exhausted' when there is none. */
  read(): Promise<'progress' | 'batch' | 'exhausted'>
  /** Goes on to the end of the L1 block without opening the channels that it completes; true when there. */
  skip(): boolean
  /** Drops what is left of the channel that is being read, and of its span batch. */
  flush(): void
  /** The channels that wait for frames. */
  readonly held: ChannelProvider['held']
}

export interface StagesOptions {
  readonly config: RollupConfig
  readonly decompressor: Decompressor
  readonly onBatch: BatchObserver
  /** A batch was decoded; it is judged later, perhaps more than once. */
  readonly onDecoded: (batch: Batch) => void
  readonly onChannel: ChannelObserver
  /** A complete channel is opened; `data` is compressed. */
  readonly onChannelData: (data: CompleteChannel) => void
  /** Something in the inbox that is ignored: a payload, or the rest of a channel. */
  readonly onMalformed: (what: 'blob' | 'payload' | 'batch', error: unknown) => void
}

/** Source: specs/protocol/derivation.md, "L2 Chain Derivation Pipeline"; holocene/derivation.md, "Activation". */
export function createStages(options: StagesOptions): Stages {
  const { config, decompressor, onBatch, onDecoded, onChannel, onChannelData, onMalformed } = options
  const window = createL1Window()
  const frames = createFrameQueue({
    forks: config.forks,
    onMalformed: (error) => onMalformed('payload', error),
  })
  const reader = createBatchReader({
    config,
    decompressor,
    onMalformed: (error) => onMalformed('batch', error),
  })
  let origin: L1BlockRef | undefined
  let judgedUpTo: BatchPosition['judgedUpTo'] = 0n
  /** The search for the next complete channel, while it goes on. */
  let seeking: Steps<CompleteChannel | undefined> | undefined
  let channels: ChannelProvider = createChannelBank(config, onChannel)
  let batches: BatchProvider = createBatchQueue(config, window, onBatch)

  const isHolocene = (block: L1BlockRef) => isForkActive(config.forks, 'holocene', block.timestamp)

  /** New, empty stages; the window of L1 blocks outlives Holocene's activation. */
  function build(block: L1BlockRef): void {
    reader.close()
    seeking = undefined
    channels = isHolocene(block)
      ? createChannelAssembler(config, onChannel)
      : createChannelBank(config, onChannel)
    batches = isHolocene(block)
      ? createBatchStage(config, window, onBatch)
      : createBatchQueue(config, window, onBatch)
  }

  function* nextChannel(block: L1BlockRef): Steps<CompleteChannel | undefined> {
    for (let taken = 1; ; taken++) {
      const channel = channels.next(block)
      if (channel !== undefined) return channel
      const frame = yield* frames.next()
      if (frame === undefined) return undefined
      channels.add(frame, block)
      if (taken % framesPerStep === 0) yield
    }
  }

  /** One step towards the next complete channel of the L1 block. */
  function seekChannel(): CompleteChannel | 'progress' | undefined {
    seeking ??= nextChannel(current())
    const step = seeking.next()
    if (!step.done) return 'progress'
    seeking = undefined
    return step.value
  }

  function current(): L1BlockRef {
    if (origin === undefined) throw new Error('expected the stages to have entered an L1 block')
    return origin
  }

  return {
    reset(base, judged = 0n) {
      judgedUpTo = judged
      window.reset(base)
      origin = undefined
      build(base)
    },
    enter(block, payloads) {
      if (origin !== undefined && isHolocene(block) && !isHolocene(origin)) build(block)
      origin = block
      frames.load(payloads, block)
    },
    judge: (safeHead, exhausted) => batches.next({ safeHead, origin: current(), judgedUpTo, exhausted }),
    async read() {
      const batch = await reader.next()
      if (batch === 'progress') return batch
      if (batch !== undefined) {
        onDecoded(batch)
        batches.add(batch, current())
        return 'batch'
      }
      const channel = seekChannel()
      if (channel === undefined) return 'exhausted'
      if (channel === 'progress') return channel
      onChannelData(channel)
      reader.open(channel, current())
      return 'progress'
    },
    skip() {
      reader.close()
      return seekChannel() === undefined
    },
    flush() {
      reader.close()
      batches.flush()
    },
    get held() {
      return channels.held
    },
  }
}
