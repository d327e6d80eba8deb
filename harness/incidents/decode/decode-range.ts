import type { Address } from 'viem'
import { isForkActive } from '../../../node/config/forks.ts'
import type { RollupConfig } from '../../../node/config/rollup-config.ts'
import { createBatchReader } from '../../../node/derivation/pipeline/batch-reader.ts'
import type { CompleteChannel } from '../../../node/derivation/pipeline/channel-provider.ts'
import { createDataSource } from '../../../node/derivation/pipeline/data-source.ts'
import { l1Transactions, toL1BlockRef } from '../../../node/derivation/pipeline/l1-traversal.ts'
import type { Beacon } from '../../../node/ports/beacon.ts'
import type { Decompressor } from '../../../node/ports/decompressor.ts'
import type { L1Source } from '../../../node/ports/l1-source.ts'
import type { L2Source } from '../../../node/ports/l2-source.ts'
import type { L1BlockRef } from '../../../node/protocol/refs.ts'
import { createBatchJudge, type JudgedBatch } from './judge-batch.ts'
import { createChannelFinder, type FoundChannel } from './read-channels.ts'

export interface DecodeRangeOptions {
  readonly config: RollupConfig
  readonly l1: L1Source
  readonly beacon: Beacon | null
  readonly l2: L2Source | null
  readonly decompressor: Decompressor
  /** First and last L1 block. */
  readonly from: bigint
  readonly to: bigint
  /** Whose transactions to the inbox count. */
  readonly batcher: Address
  readonly signal: AbortSignal
}

/** A channel, what it holds, and what derivation makes of each batch. */
export interface DecodedChannel extends FoundChannel {
  readonly batches: readonly JudgedBatch[]
  /** Why the rest of it was not read; null when all was. */
  readonly ignored: string | null
}

export interface DecodedRange {
  readonly channels: readonly DecodedChannel[]
  /** Payloads in the inbox that are no frames, and blobs that hold none. */
  readonly malformed: number
  readonly l1Blocks: number
}

/** An L1 block of the range is not there. */
export class DecodeRangeError extends Error {
  override readonly name = 'DecodeRangeError'
}

/**
 * What the batcher put into these L1 blocks, read and judged by the rules of the node's own derivation.
 * @throws DecodeRangeError; the errors of L1, L2 and the beacon.
 */
export async function decodeRange(options: DecodeRangeOptions): Promise<DecodedRange> {
  const { config, l1, from, to, batcher, signal } = options
  let malformedBlobs = 0
  const dataSource = createDataSource({
    ...{ config, l1, beacon: options.beacon },
    onMalformed: () => void malformedBlobs++,
  })
  const blocks = new Map<bigint, L1BlockRef | null>()
  async function l1Block(number: bigint): Promise<L1BlockRef | null> {
    const known = blocks.get(number)
    if (known !== undefined) return known
    const header = await l1.headerByNumber(number, signal)
    const block = header === null ? null : toL1BlockRef(header)
    blocks.set(number, block)
    return block
  }
  const finder = createChannelFinder(config)
  const judge = createBatchJudge({ config, l1Block, l2: options.l2, signal })
  const read = new Map<FoundChannel, Pick<DecodedChannel, 'batches' | 'ignored'>>()

  async function open(data: CompleteChannel, inclusion: L1BlockRef) {
    const batches: JudgedBatch[] = []
    let ignored: string | null = null
    const reader = createBatchReader({
      ...{ config, decompressor: options.decompressor },
      onMalformed(error) {
        ignored = error instanceof Error ? error.message : String(error)
      },
    })
    reader.open(data, inclusion)
    const isHolocene = isForkActive(config.forks, 'holocene', inclusion.timestamp)
    for (;;) {
      const batch = await reader.next()
      if (batch === undefined) return { batches, ignored }
      if (batch === 'progress') continue
      const judged = await judge(batch, inclusion)
      batches.push(judged)
      // specs/protocol/holocene/derivation.md, "Batch Queue": a batch that is dropped takes the rest with it.
      if (isHolocene && judged.verdict === 'dropped') {
        reader.close()
        return { batches, ignored: 'a batch was dropped, and the rest of the channel with it' }
      }
    }
  }

  for (let number = from; number <= to; number++) {
    signal.throwIfAborted()
    const header = await l1.headerByNumber(number, signal)
    if (header === null)
      throw new DecodeRangeError(`--to: expected L1 to have block ${number}, found that it does not`)
    const transactions = await l1Transactions(l1, header, signal)
    const payloads = await dataSource.payloads(header, transactions, batcher, signal)
    const block = toL1BlockRef(header)
    for (const { channel, data } of finder.enter(block, payloads)) read.set(channel, await open(data, block))
  }
  return {
    channels: finder.channels.map((channel) => ({
      ...channel,
      ...(read.get(channel) ?? { batches: [], ignored: null }),
    })),
    malformed: finder.malformed + malformedBlobs,
    l1Blocks: Number(to - from) + 1,
  }
}
