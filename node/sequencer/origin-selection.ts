import { isLeftEmpty } from '../config/fork-traits.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { maxSequencerDrift } from '../protocol/limits.ts'
import { formatRef, type L1BlockRef, type L2BlockRef } from '../protocol/refs.ts'

/** What own L1 says around the L1 origin of the L2 head, by number, as of one L1 head. */
export interface OriginView {
  /** The newest L1 block that we know of. */
  readonly l1Head: L1BlockRef
  /** The block at the number of the head's origin; null when own L1 is not that high. */
  readonly current: L1BlockRef | null
  /** Whether own L1 has the head's origin by hash, canonical or not. Only matters when `current` is null. */
  readonly currentKnownByHash: boolean
  /** The block one above, confirmed or not; null when there is none. */
  readonly next: L1BlockRef | null
}

export interface OriginSelectionInput {
  readonly config: RollupConfig
  /** The L2 block to build on. */
  readonly head: L2BlockRef
  readonly view: OriginView
  /** How many L1 blocks must lie on top of an origin before it is adopted. */
  readonly l1Confirmations: bigint
  /**
   * Recover mode: blocks of deposits only, which are what derivation makes by itself when a sequencing window has ended
   * without a batch. Their origin has to be the one that derivation would choose, the next one as soon as the time of the
   * block allows; that is how every origin is chosen here.
   * Source: op-node, `--sequencer.recover` ("strictly prepare the next L1 origin and create empty L2 blocks").
   */
  readonly recover: boolean
}

export type OriginDecision =
  | {
      readonly kind: 'build'
      readonly origin: L1BlockRef
      /** True: the block must hold nothing from the transaction pool. */
      readonly noTxPool: boolean
    }
  /** Nothing can be built yet; L1 has to move. */
  | { readonly kind: 'wait'; readonly reason: string }
  /** The head stands on an L1 block that is not canonical: the engine must be reset. */
  | { readonly kind: 'reset'; readonly reason: string }

/**
 * Chooses the L1 origin of the next L2 block, and whether L1 still carries the head at all.
 * Sources: specs/protocol/derivation.md, "Sequencing Window" and the batch rules on epochs and `max_sequencer_drift`;
 * fjord/derivation.md, "Constant Maximum Sequencer Drift"; follow-mode.md, "Sequencer that follows".
 */
export function selectOrigin({
  config,
  head,
  view,
  l1Confirmations,
  recover,
}: OriginSelectionInput): OriginDecision {
  const { current, l1Head } = view
  if (current === null) {
    const origin = formatRef(head.l1Origin)
    return view.currentKnownByHash
      ? {
          kind: 'wait',
          reason: `own L1 (head ${formatRef(l1Head)}) is not at the head's origin ${origin} yet`,
        }
      : {
          kind: 'reset',
          reason: `own L1 does not have the L1 origin ${origin} of the head ${formatRef(head)}`,
        }
  }
  if (current.hash !== head.l1Origin.hash)
    return {
      kind: 'reset',
      reason:
        `the L1 origin of the head ${formatRef(head)} is not canonical: ` +
        `expected ${formatRef(head.l1Origin)}, own L1 has ${formatRef(current)}`,
    }
  const timestamp = head.timestamp + config.blockTime
  if (timestamp < current.timestamp)
    return {
      kind: 'reset',
      reason: `the next L2 block (time ${timestamp}) would be older than its L1 origin ${formatRef(current)} (time ${current.timestamp})`,
    }

  if (view.next !== null && view.next.parentHash !== current.hash)
    return {
      kind: 'wait',
      reason: `L1 is changing: ${formatRef(view.next)} is not a child of ${formatRef(current)}`,
    }
  const confirmed =
    view.next !== null && view.next.number + l1Confirmations <= l1Head.number ? view.next : null
  const drifts = (origin: L1BlockRef) =>
    timestamp > origin.timestamp + maxSequencerDrift(config, origin.timestamp)

  const origin = confirmed !== null && confirmed.timestamp <= timestamp ? confirmed : current
  // On a drifted origin only an empty block is valid, and only while the next origin is still in its future.
  if (origin === current && confirmed === null && drifts(current))
    return {
      kind: 'wait',
      reason: `the sequencer drift of ${formatRef(current)} is used up and the next L1 block is not there or not confirmed`,
    }
  return {
    kind: 'build',
    origin,
    noTxPool: recover || drifts(origin) || isLeftEmpty(config, timestamp),
  }
}
