import type { BatcherOptions } from './batcher.ts'

/** As op-batcher's defaults, but for what makes a safe head move in seconds: every channel ends with its L1 block. */
export const batcherDefaults = {
  batchType: 'span',
  compression: 'brotli',
  maxFrameBytes: 120_000,
  maxChannelDurationL1Blocks: 1,
  maxPendingTransactions: 7,
} as const satisfies Partial<BatcherOptions>
