/** When the parts of one block happen, in Unix milliseconds. */
export interface SlotTiming {
  /** When the execution engine begins to fill the block. */
  readonly buildMs: number
  /** When sealing begins, so that the block is there at its slot. */
  readonly sealMs: number
  /** The block's own timestamp. */
  readonly slotMs: number
}

/** How long before its slot a block is sealed at most; also how exact an idle sequencer is. */
const sealLeadMsMax = 50

/**
 * The engine gets the last quarter of a block time to fill the block: late enough for the newest L1 origin and
 * transactions, early enough for a slow engine. All three lie in the past when the sequencer is late.
 * @param timestamp of the block to build, in seconds.
 * @param lastSealMs how long the previous seal took.
 */
export function slotTiming(timestamp: bigint, blockTime: bigint, lastSealMs: number): SlotTiming {
  const slotMs = Number(timestamp) * 1000
  return {
    buildMs: slotMs - (Number(blockTime) * 1000) / 4,
    sealMs: slotMs - Math.min(Math.max(0, lastSealMs), sealLeadMsMax),
    slotMs,
  }
}
