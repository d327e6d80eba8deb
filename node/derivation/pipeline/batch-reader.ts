import type { RollupConfig } from '../../config/rollup-config.ts'
import type { Decompressor } from '../../ports/decompressor.ts'
import { type Batch, decodeBatchInSteps } from '../../protocol/batch.ts'
import { readChannelBatches } from '../../protocol/channel-reader.ts'
import { brotliAllowed, maxRlpBytesPerChannel } from '../../protocol/limits.ts'
import type { L1BlockRef } from '../../protocol/refs.ts'
import type { Steps } from '../../protocol/steps.ts'
import type { CompleteChannel } from './channel-provider.ts'

/** Decompresses one channel at a time and decodes its batches one by one. */
export interface BatchReader {
  /** Starts on a channel that was completed in `origin`; what was left of another is dropped. */
  open(channel: CompleteChannel, origin: L1BlockRef): void
  /** The next batch; 'progress' while it takes longer; undefined at the end of the channel, or when none is open. */
  next(): Promise<Batch | 'progress' | undefined>
  /** Drops the rest of the channel. */
  close(): void
}

export interface BatchReaderOptions {
  readonly config: RollupConfig
  readonly decompressor: Decompressor
  /** Called when a batch cannot be decoded and the rest of its channel is dropped. */
  readonly onMalformed: (error: unknown) => void
}

/** Source: specs/protocol/derivation.md, "Channel Reader (Batch Decoding)" and "Batch Format". */
export function createBatchReader({ config, decompressor, onMalformed }: BatchReaderOptions): BatchReader {
  const format = {
    chainId: config.l2ChainId,
    genesisTime: config.genesis.l2Time,
    blockTime: config.blockTime,
  }
  let batches: ReturnType<typeof readChannelBatches> | undefined
  /** The batch that is being decoded. */
  let decoding: Steps<Batch> | undefined

  function close(): void {
    // Ends the decompression stream. The generator only computes: its end needs no waiting for.
    batches?.return('end').catch(onMalformed)
    batches = undefined
    decoding = undefined
  }

  return {
    open(channel, origin) {
      close()
      batches = readChannelBatches(channel, {
        maxRlpBytes: maxRlpBytesPerChannel(config.forks, origin.timestamp),
        brotli: brotliAllowed(config.forks, origin.timestamp),
        decompressor,
      })
    },
    async next() {
      try {
        if (decoding === undefined) {
          const item = await batches?.next()
          if (item !== undefined && !item.done) decoding = decodeBatchInSteps(item.value, format)
        }
        const step = decoding?.next()
        if (step !== undefined) {
          if (!step.done) return 'progress'
          decoding = undefined
          return step.value
        }
      } catch (error) {
        // Like op-node: what follows a batch that cannot be decoded is not looked at.
        onMalformed(error)
      }
      close()
      return undefined
    },
    close,
  }
}
