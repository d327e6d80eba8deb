import type { Address } from 'viem'
import type { BlockSigners } from '../ports/gossip.ts'

/** Who signed a block. `previous`: the signer before the last rotation, within its grace. */
export type SignerVerdict = 'current' | 'previous' | 'wrong' | 'unknown'

/** Knows whose blocks count, and for how long those of the signer before a rotation do. */
export interface SignerGrace {
  set(signers: BlockSigners): void
  judge(signer: Address): SignerVerdict
  /** A block of the current signer is valid: it is in use, and the grace of the one before ends. */
  confirm(): void
  /** For messages; null when L1 names none or was not asked. */
  readonly current: Address | null
}

/**
 * A sequencer may sign with its old key for a while after the rotation on L1. As in op-node its blocks count until one
 * of the new signer is valid, or the time of grace is over; while L1 names nobody, no block counts.
 * @param fixed the signer of the configuration, which L1 does not change; null without one.
 */
export function createSignerGrace(fixed: Address | null, nowMs: () => number): SignerGrace {
  let signers: BlockSigners = { current: fixed, previous: null }
  /** The grace that ended last, which an L1 reorg that brings its rotation back does not begin again. */
  let ended: BlockSigners | null = null
  return {
    get current() {
      return signers.current
    },
    set(next) {
      if (fixed !== null) return
      const isEnded =
        next.current === ended?.current &&
        next.previous?.address === ended.previous?.address &&
        next.previous?.untilMs === ended.previous?.untilMs
      signers = isEnded ? { ...next, previous: null } : next
    },
    judge(signer) {
      const { current, previous } = signers
      if (current === null) return 'unknown'
      if (signer === current) return 'current'
      return signer === previous?.address && nowMs() < previous.untilMs ? 'previous' : 'wrong'
    },
    confirm() {
      if (signers.previous === null) return
      ended = signers
      signers = { ...signers, previous: null }
    },
  }
}
