import type { Address, Hash } from 'viem'
import type { BlockSigners } from '../ports/gossip.ts'
import type { BlockId } from '../protocol/refs.ts'

/** How long after a rotation the signer before it is heard. Source: op-node's `DefaultSignerGracePeriod`. */
export const signerGraceMs = 3 * 60 * 60 * 1000

/** From that L1 block on, or known at it, this was the signer; null: nobody. */
export interface SignerChange {
  readonly signer: Address | null
  readonly at: BlockId
  /** When the node learnt it. */
  readonly seenMs: number
}

/** The changes of the signer on the canonical L1, ascending; the first is what storage said. Empty: nothing is known. */
export type SignerHistory = readonly SignerChange[]

/** A deeper L1 reorg than this many rotations only costs their graces. */
const changesMax = 16

/** Adds what the contract says at that block, if it is a change. */
export function withSigner(history: SignerHistory, change: SignerChange): SignerHistory {
  const last = history.at(-1)
  return last !== undefined && last.signer === change.signer
    ? history
    : [...history, change].slice(-changesMax)
}

/**
 * Without the changes of blocks that L1 orphaned: who only such a block named was never the signer and gets no grace,
 * and a grace that such a block cut short goes on.
 */
export function withoutBlocks(history: SignerHistory, orphans: ReadonlySet<Hash>): SignerHistory {
  return history.filter(({ at }) => !orphans.has(at.hash))
}

/**
 * Whose blocks count. As in op-node only the last signer before the present one has a grace, and a time without any
 * signer between the two does not take it away.
 */
export function signersOf(history: SignerHistory): BlockSigners {
  const current = history.at(-1)?.signer ?? null
  const replaced = history.findLastIndex(({ signer }, index) => index < history.length - 1 && signer !== null)
  const address = history[replaced]?.signer ?? null
  const end = history[replaced + 1]
  return {
    current,
    previous:
      address === null || end === undefined || address === current
        ? null
        : { address, untilMs: end.seenMs + signerGraceMs },
  }
}
