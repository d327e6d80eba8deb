import { type ForkSchedule, isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'

/** Bytes added to a frame's data when the size of a channel is counted. Source: derivation.md, "Pruning". */
export const frameOverhead = 200

/** Blocks, and transactions, in one span batch. Source: derivation.md, "Protocol Parameters". */
export const spanBatchElementsMax = 10_000_000

const maxRlpBytesBedrock = 10_000_000
const maxRlpBytesFjord = 100_000_000
const channelBankSizeBedrock = 100_000_000
const channelBankSizeFjord = 1_000_000_000
const channelTimeoutGranite = 50n
const sequencerDriftFjord = 1800n

/**
 * Decompressed bytes of a channel that are read. `l1Time` is the timestamp of the pipeline's L1 origin.
 * Source: fjord/derivation.md, "Increasing MAX_RLP_BYTES_PER_CHANNEL".
 */
export function maxRlpBytesPerChannel(forks: ForkSchedule, l1Time: bigint): number {
  return isForkActive(forks, 'fjord', l1Time) ? maxRlpBytesFjord : maxRlpBytesBedrock
}

/** Bytes in the channel bank before it prunes. `l1Time` is the timestamp of the pipeline's L1 origin. */
export function maxChannelBankSize(forks: ForkSchedule, l1Time: bigint): number {
  return isForkActive(forks, 'fjord', l1Time) ? channelBankSizeFjord : channelBankSizeBedrock
}

/**
 * L1 blocks that a channel may stay open. `l1Time` is the timestamp of the pipeline's L1 origin.
 * Source: granite/derivation.md, "Reduce Channel Timeout".
 */
export function channelTimeout(config: RollupConfig, l1Time: bigint): bigint {
  return isForkActive(config.forks, 'granite', l1Time) ? channelTimeoutGranite : config.channelTimeout
}

/**
 * Seconds that an L2 block may be ahead of its L1 origin. The constant holds from the first L1 *origin* at or after
 * Fjord (fjord/derivation.md, "Timestamp Activation").
 */
export function maxSequencerDrift(config: RollupConfig, l1OriginTime: bigint): bigint {
  return isForkActive(config.forks, 'fjord', l1OriginTime) ? sequencerDriftFjord : config.maxSequencerDrift
}

/** Whether channels may be brotli-compressed. `l1Time` is the timestamp of the pipeline's L1 origin. */
export function brotliAllowed(forks: ForkSchedule, l1Time: bigint): boolean {
  return isForkActive(forks, 'fjord', l1Time)
}
