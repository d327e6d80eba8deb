/** When L1 blocks are due. All values are in seconds. */
export interface L1Schedule {
  readonly genesisTime: bigint
  readonly blockTime: bigint
}

/**
 * The timestamp of the next L1 block: the newest slot that has begun, or, when blocks are mined faster than time
 * passes, the slot after the parent's. As on a proof-of-stake L1, every timestamp lies on a slot.
 */
export function nextTimestamp(schedule: L1Schedule, parentTimestamp: bigint, now: bigint): bigint {
  const elapsed = now > schedule.genesisTime ? now - schedule.genesisTime : 0n
  const currentSlot = schedule.genesisTime + (elapsed / schedule.blockTime) * schedule.blockTime
  const nextSlot = parentTimestamp + schedule.blockTime
  return currentSlot > nextSlot ? currentSlot : nextSlot
}

/** Numbers of the blocks that L1 calls safe and finalized. */
export interface L1Labels {
  readonly safe: bigint
  readonly finalized: bigint
}

/** How far behind: `safe` behind the head, `finalized` behind `safe`. In blocks. */
export interface LabelDistances {
  readonly safe: bigint
  readonly finalized: bigint
}

/** The labels for a head. They never go back: a shorter fork keeps what was already final. */
export function nextLabels(previous: L1Labels, head: bigint, distances: LabelDistances): L1Labels {
  const behind = (distance: bigint) => (head > distance ? head - distance : 0n)
  const safe = behind(distances.safe)
  const finalized = behind(distances.safe + distances.finalized)
  return {
    safe: safe > previous.safe ? safe : previous.safe,
    finalized: finalized > previous.finalized ? finalized : previous.finalized,
  }
}
