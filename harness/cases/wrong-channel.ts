import type { Hex } from 'viem'
import { isForkActivationBlock } from '../../node/config/forks.ts'
import type { ChannelCompression } from '../../node/ports/decompressor.ts'
import { concatBytes } from '../../node/protocol/bytes.ts'
import { encodeBatcherPayload, type Frame } from '../../node/protocol/frame.ts'
import { maxSequencerDrift } from '../../node/protocol/limits.ts'
import { zeroHash } from '../../node/protocol/refs.ts'
import type { BatchableBlock, BatchType } from '../batcher/channel-out.ts'
import type { World } from '../world/world.ts'
import type { InboxWrong } from './inbox-wrongs.ts'

/**
 * Of the stranger on L2: a transfer of one wei to itself on chain 901, the first of its account, which nobody has sent to the
 * sequencer. Written down, so that a printed scenario has it without a library.
 */
export const strangerTransfer: Hex =
  '0x02f869820385800185174876e8008252089423618e81e3f5cdf7f54c3d65f7fbc0abf5b21e8f0180c080a087ced9b1677649928bde5c90c4681a996e825d40db31106d21ca016aa0f88c78a02a9b32f7d646e1bd9863781db4513cf82e7de737fe13331ab048446404ad5834'
/** A deposit is made by L1 alone. Source: specs/protocol/deposits.md, "The Deposited Transaction Type". */
export const depositBytes: Hex = '0x7e00'
/** Of the derivation versions there is only 0. */
export const unknownVersion = 1
/** Less than a frame's header. */
export const junkBytes = 3

/**
 * How the wrong is encoded. A span batch has no place for a deposit, and puts blocks in an order of its own: no node can be
 * told either that way. Every fork reads zlib.
 */
export function formatOf(
  wrong: InboxWrong,
  batchType: BatchType,
): { readonly batchType: BatchType; readonly compression: ChannelCompression } {
  return {
    batchType:
      wrong === 'deposit' || wrong === 'order' ? 'singular' : wrong === 'format' ? 'span' : batchType,
    compression: wrong === 'compression' ? 'brotli' : 'zlib',
  }
}

/** The data of the transaction. */
export function wrongPayload(frames: readonly Frame[], wrong: InboxWrong): Uint8Array {
  const payload = encodeBatcherPayload(frames)
  if (wrong === 'version') return payload.with(0, unknownVersion)
  return wrong === 'junk' ? concatBytes([payload, new Uint8Array(junkBytes)]) : payload
}

/** Null where it cannot be wrong in that way. Whoever takes it has a block that the sequencer never built. */
export async function wrongBlocks(
  { rollup, parameters, l1 }: Pick<World, 'rollup' | 'parameters' | 'l1'>,
  blocks: readonly BatchableBlock[],
  wrong: InboxWrong,
): Promise<readonly BatchableBlock[] | null> {
  const [first, ...others] = blocks
  if (first === undefined) return null
  const withOwn = { ...first, transactions: [...first.transactions, strangerTransfer] }
  switch (wrong) {
    case 'sender':
    case 'address':
    case 'version':
    case 'junk':
    case 'format':
    case 'compression':
      return [withOwn, ...others]
    case 'order':
      return others.length === 0 ? null : [...others, withOwn]
    case 'early': {
      const next = await l1.controller.block(first.ref.l1Origin.number + 1n).catch(() => null)
      // Where it is old enough the block may have it as its origin.
      if (next === null || next.timestamp <= first.ref.timestamp) return null
      const { hash, number } = next
      return [{ ...withOwn, ref: { ...first.ref, l1Origin: { hash, number }, sequenceNumber: 0n } }]
    }
    case 'parent':
      return [{ ...withOwn, ref: { ...first.ref, parentHash: zeroHash } }, ...others]
    case 'epoch':
      return [{ ...withOwn, ref: { ...first.ref, l1Origin: { ...first.ref.l1Origin, hash: zeroHash } } }]
    case 'deposit':
      return [{ ...first, transactions: [...first.transactions, depositBytes] }, ...others]
    case 'activation': {
      const blockTime = BigInt(parameters.l2BlockTime)
      const at = blocks.findIndex(({ ref: { timestamp } }) =>
        isForkActivationBlock(rollup.forks, 'karst', timestamp, blockTime),
      )
      return at < 0
        ? null
        : blocks.map((block, index) =>
            index === at ? { ...block, transactions: [strangerTransfer] } : block,
          )
    }
    case 'drift': {
      const origins = await Promise.all(
        blocks.map(({ ref }) => l1.controller.block(ref.l1Origin.number).catch(() => null)),
      )
      const isDrifted = ({ ref }: BatchableBlock, at: number) => {
        const origin = origins[at]
        return (
          origin?.hash === ref.l1Origin.hash &&
          ref.timestamp > origin.timestamp + maxSequencerDrift(rollup, origin.timestamp)
        )
      }
      // One alone: a second of the same transfer is invalid, and before Holocene that takes the whole span along.
      const drifted = blocks.findIndex(isDrifted)
      return drifted < 0
        ? null
        : blocks.map((block, at) => (at === drifted ? { ...block, transactions: [strangerTransfer] } : block))
    }
  }
}
