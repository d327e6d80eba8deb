/** As geth's flag: `archive` keeps every state, `full` those that may still be needed. */
export const gcModes = ['full', 'archive'] as const
export type GcMode = (typeof gcModes)[number]

/** States below the head that are kept however final they are, as many as geth keeps (`TriesInMemory`). */
export const statesKept = 128n

/** A chain that was synced has thousands of states to lose, and may not stop the engine over it. */
export const statesReleasedAtOnceMax = 64n

/**
 * The oldest block whose state is kept: nothing reorganises the chain below a finalized block, no proof of an unfinalized
 * one needs it, and calls are seldom about anything older than the newest blocks. The state of genesis always stays, and
 * so do blocks with their receipts: another engine can sync all of the chain from this one.
 * @param finalized number of the finalized block; `null`, as long as there is none, keeps all.
 */
export function oldestStateKept(mode: GcMode, head: bigint, finalized: bigint | null): bigint {
  if (mode === 'archive' || finalized === null) return 0n
  const recent = head > statesKept ? head - statesKept : 0n
  return finalized < recent ? finalized : recent
}
