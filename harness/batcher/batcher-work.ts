import type { Hash } from 'viem'
import { isForkActive } from '../../node/config/forks.ts'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import type { ChannelCompression } from '../../node/ports/decompressor.ts'
import type { FollowSource } from '../../node/ports/follow-source.ts'
import type { L2Source } from '../../node/ports/l2-source.ts'
import { encodeBatcherPayload } from '../../node/protocol/frame.ts'
import { brotliAllowed, maxSequencerDrift } from '../../node/protocol/limits.ts'
import type { BlockId, L2BlockRef } from '../../node/protocol/refs.ts'
import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import type { BatcherEvent } from './batcher-event.ts'
import {
  type BatchableBlock,
  type BatchType,
  type ChannelFormat,
  type CompressChannel,
  channelId,
  encodeChannel,
} from './channel-out.ts'
import { type ChannelLimits, createChannelQueue, type SentChannel } from './channel-queue.ts'
import type { DataAvailability } from './data-availability.ts'
import { loadBlocks, readAtOnce } from './l2-blocks.ts'
import { lastInclusion, missingItsWindow } from './sequencing-window.ts'
import type { L1Head, Submitter } from './submitter.ts'
import { decideSync, type OpenChannel } from './sync-decision.ts'

export interface BatcherWorkOptions {
  readonly config: RollupConfig
  /** The sequencer's node and its execution engine. */
  readonly node: Pick<FollowSource, 'syncStatus'>
  readonly l2: L2Source
  readonly submitter: Submitter
  readonly batchType: BatchType
  readonly compression: ChannelCompression
  readonly compress: CompressChannel
  /** Asked anew for every transaction. */
  readonly dataAvailability: () => DataAvailability
  readonly maxFrameBytes: number
  readonly maxChannelDurationL1Blocks: number
  readonly maxPendingTransactions: number
  readonly onEvent: (event: BatcherEvent) => void
}

/** What a batcher holds and has done. */
export interface BatcherProgress {
  /** The safe block that batches continue from; null before the first usable status of the sequencer. */
  readonly base: BlockId | null
  /** The newest block that was read. */
  readonly newest: BlockId | null
  /** Blocks that are in no channel yet. */
  readonly waitingBlocks: number
  /** Channels that are not safe yet. */
  readonly openChannels: number
  readonly pendingTransactions: number
  readonly sentTransactions: number
  /** Why the last tick did nothing; null when it did its work. */
  readonly waitingFor: string | null
  /**
   * True while L1 is at the end of the sequencing window of what follows the safe block. With each L1 block derivation then
   * puts a block without users in the place of what was not sent in time, and the sequencer begins anew on it.
   */
  readonly isWindowEnding: boolean
}

/** A batcher without a clock. */
export interface BatcherWork {
  /**
   * Looks at the sequencer and at L1, drops what is safe or lost, reads new blocks, closes channels, sends transactions.
   * A tick that throws can be repeated: what it did not finish, the next one does.
   */
  tick(signal: AbortSignal): Promise<void>
  progress(): BatcherProgress
}

const limits: ChannelLimits = { channelBytesMax: 1_000_000, blocksMax: 10_000, channelsMax: 64 }
/** Blocks that one tick reads. */
const readMax = 500
/**
 * While the sequencing window ends only what is sent before the next L1 block counts: so few blocks are read that the engine
 * is asked for all of them at once. Each block of a new epoch gains an L1 block: after these there is time for the rest.
 */
const readInHasteMax = readAtOnce
/** One blob for each frame. Six are what L1 aims at in a block since Prague (EIP-7691). */
const blobsPerTransactionMax = 6

export function createBatcherWork(options: BatcherWorkOptions): BatcherWork {
  const { config, node, l2, submitter, onEvent } = options
  const queue = createChannelQueue(limits)
  let l1Head: L1Head | undefined
  let lastChannelAt: bigint | undefined
  let highestCurrentL1 = 0n
  let attempts = 0
  let sentTransactions = 0
  let sentAs: DataAvailability = 'calldata'
  let waitingFor: string | null = 'the first look at the sequencer'
  let isWindowEnding = false

  function restart(base: BlockId, reason: string): void {
    const { hash, number } = base
    queue.restart({ hash, number })
    onEvent({ kind: 'restart', reason, base: { hash, number } })
  }

  /** Makes what is held fit the sequencer's status; false when the status cannot be used. */
  function synchronize(status: SyncStatus, head: L1Head): boolean {
    const channels = queue.channels.map((channel) => ({ last: channel.last, place: placeOf(channel) }))
    const { base, blocks } = queue
    const decision = decideSync(status, { base, blocks, channels, highestCurrentL1, l1Head: head.number })
    waitingFor = decision.kind === 'wait' ? decision.reason : null
    if (decision.kind === 'wait') return false
    const { number } = status.currentL1
    highestCurrentL1 = decision.kind === 'restart' || number > highestCurrentL1 ? number : highestCurrentL1
    if (decision.kind === 'restart') restart(status.localSafeL2, decision.reason)
    else queue.prune(status.localSafeL2)
    submitter.retain(new Set(queue.channels.flatMap((channel) => channel.transactions)))
    return true
  }

  function placeOf({ transactions, unsent }: SentChannel): OpenChannel['place'] {
    let newest: BlockId | undefined
    let isPending = unsent.length > 0
    for (const hash of transactions) {
      const place = submitter.placeOf(hash)
      if (place === 'lost') return 'lost'
      if (place === 'pending') isPending = true
      else if (newest === undefined || place.number > newest.number) newest = place
    }
    return isPending || newest === undefined ? 'pending' : newest
  }

  async function load({ localSafeL2, unsafeL2 }: SyncStatus, signal: AbortSignal): Promise<void> {
    const after = queue.newest
    if (after === null) return
    const blocksMax = Math.min(queue.room, isWindowEnding ? readInHasteMax : readMax)
    const { blocks, reorged } = await loadBlocks({ config, l2 }, after, unsafeL2.number, blocksMax, signal)
    for (const block of blocks) queue.push(block)
    if (reorged && queue.blocks.length > 0)
      restart(localSafeL2, `block ${queue.newest?.number} is no longer on the sequencer's chain`)
  }

  /**
   * A channel is due with each L1 block, once the sequencer has derived it: what became safe there must not be sent again,
   * least of all with a first block whose sequencing window ends. A sequencer that lags is waited for no longer than one
   * more L1 block.
   */
  function isChannelDue(head: L1Head, { currentL1 }: SyncStatus): boolean {
    if (lastChannelAt === undefined || head.number < lastChannelAt) return true
    const dueAt = lastChannelAt + BigInt(options.maxChannelDurationL1Blocks)
    return head.number > dueAt || (head.number === dueAt && currentL1.number >= head.number)
  }

  async function closeChannels(head: L1Head, status: SyncStatus): Promise<void> {
    const isDue = isChannelDue(head, status)
    while (isDue || queue.isFull) {
      const blocks = queue.nextChannelBlocks()
      const [first, last] = [blocks[0], blocks.at(-1)]
      if (first === undefined || last === undefined) return
      const lost = missingItsWindow(config, blocks, head.number)
      if (lost !== undefined) {
        // The sequencer begins anew once it has derived that L1 block, and what it builds then must go out with the next one.
        waitingFor = `the sequencing window of block ${lost.number} ended with L1 block ${lastInclusion(config, lost)}`
        return
      }
      const id = channelId(blocks, attempts++)
      const frames = await encodeChannel(id, blocks, formatOf(first, head))
      const unsent = frames.map((frame) => encodeBatcherPayload([frame]))
      queue.addChannel({ id, last: last.ref, unsent, transactions: [] }, blocks.length)
      lastChannelAt = head.number
      const bytes = unsent.reduce((sum, payload) => sum + payload.length, 0)
      onEvent({ kind: 'channel', id, first: first.ref, last: last.ref, frames: frames.length, bytes })
    }
  }

  /**
   * The configured format, or the older one where the fork that brings it may not hold yet. While the window ends each block
   * has a batch of its own: derivation drops a span batch as a whole when its first block is late.
   */
  function formatOf({ ref }: BatchableBlock, head: L1Head): ChannelFormat {
    const { compress, maxFrameBytes } = options
    const oldestOrigin = oldestOriginTime(config, ref)
    const mayBeSpan = isForkActive(config.forks, 'delta', oldestOrigin) && !isWindowEnding
    const batchType = mayBeSpan ? options.batchType : 'singular'
    const compression = brotliAllowed(config.forks, head.timestamp) ? options.compression : 'zlib'
    return { config, batchType, compression, compress, maxFrameBytes }
  }

  /** Blobs count on L1 blocks from Ecotone on; until then their transactions would be read as empty calldata. */
  function availability(head: L1Head): DataAvailability {
    const ecotone = isForkActive(config.forks, 'ecotone', head.timestamp)
    return ecotone ? options.dataAvailability() : 'calldata'
  }

  async function send(head: L1Head, signal: AbortSignal): Promise<void> {
    for (const { id, unsent, transactions } of queue.channels)
      for (let payload = unsent[0]; payload !== undefined; payload = unsent[0]) {
        if (submitter.pending >= options.maxPendingTransactions) return
        const as = availability(head)
        // L1 pools take blob transactions only from accounts that have no other pending, and the other way round.
        if (as !== sentAs && submitter.pending > 0) return
        signal.throwIfAborted()
        sentAs = as
        const payloads = as === 'blobs' ? unsent.slice(0, blobsPerTransactionMax) : [payload]
        const hash: Hash =
          as === 'blobs' ? await submitter.submitBlobs(payloads) : await submitter.submit(payload)
        unsent.splice(0, payloads.length)
        transactions.push(hash)
        sentTransactions += 1
        const bytes = payloads.reduce((sum, { length }) => sum + length, 0)
        onEvent({ kind: 'transaction', hash, channelId: id, as, bytes })
      }
  }

  return {
    async tick(signal) {
      const [status, head] = await Promise.all([node.syncStatus(signal), submitter.head()])
      if (head.hash !== l1Head?.hash) {
        await submitter.refresh()
        l1Head = head
      }
      isWindowEnding = head.number >= lastInclusion(config, status.localSafeL2)
      if (!synchronize(status, head)) return
      await load(status, signal)
      await closeChannels(head, status)
      await send(head, signal)
    },
    progress: () => ({
      base: queue.base,
      newest: queue.newest,
      waitingBlocks: queue.waiting.length,
      openChannels: queue.channels.length,
      pendingTransactions: submitter.pending,
      sentTransactions,
      waitingFor,
      isWindowEnding,
    }),
  }
}

/** A span batch needs Delta at its first block's L1 origin, which is at most the sequencer drift older than the block. */
function oldestOriginTime(config: RollupConfig, { timestamp }: L2BlockRef): bigint {
  const oldest = timestamp - maxSequencerDrift(config, timestamp)
  return oldest > 0n ? oldest : 0n
}
