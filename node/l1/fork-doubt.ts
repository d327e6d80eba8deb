import type { BlockId } from '../protocol/refs.ts'

/**
 * Decides when another fork that L1 shows is believed. The second look in a row that agrees is enough, while L1 speaks
 * with one voice. Each time it contradicts itself (it shows the chain that we hold again, or goes back to a fork that it
 * left) four times as many looks must agree: an L1 that shows two forks in turn, as a load balancer over two of them does,
 * moves nothing until one of them stays. Twice as many were not enough: by luck alone two forks agree four times in a row
 * often.
 */
export interface ForkDoubt {
  /**
   * L1 showed a head of another fork.
   * @param fork the fork's lowest block that we do not hold: what names it.
   * @param wasLeft that block was canonical before and was orphaned.
   * @returns true when the fork is believed from now on.
   */
  showsFork(fork: BlockId, wasLeft: boolean): boolean
  /** L1 showed a head of the chain that we hold. One below the fork proves nothing: both chains have it. */
  showsOurs(head: BlockId): void
  /** True while a fork was shown that is neither believed nor contradicted. */
  readonly undecided: boolean
  /**
   * True when L1 speaks with one voice about what we hold: it showed no other fork, and took no head back, in the last
   * {@link looksMax} looks at it, or in the first few since the start. A fork that was just believed is not settled: two looks
   * that agree may be luck. One of two forks that an L1 shows in turn may have lost all that the other does not have.
   */
  readonly settled: boolean
}

/** Looks in a row, the first included. */
export const looksMin = 2
export const looksMax = 16
/**
 * The longest time between two looks while a fork is in doubt, however seldom L1 is polled: what we hold may be a chain that
 * is no more, and everybody in the node believes in it. It takes four seconds at most without a contradiction. An L1 that
 * reorgs every second is followed, with a look to spare.
 */
export const lookMsMax = 250
/** Looks at the start before what L1 says may end a node. */
const startLooks = 4
/** What one contradiction multiplies the looks by. */
const contradictionFactor = 4
/** So many looks without a contradiction halve the doubt. */
export const calmLooks = 64

export function createForkDoubt(): ForkDoubt {
  let needed = looksMin
  let candidate: { readonly fork: BlockId; looks: number } | null = null
  let calm = 0
  /** Looks in a row at what we hold; who has just started knows of none. */
  let agreed = looksMax - startLooks
  /** The number of the head that was shown last of what we hold. */
  let shown = 0n

  const contradicted = () => {
    needed = Math.min(needed * contradictionFactor, looksMax)
    calm = 0
  }

  return {
    showsFork(fork, wasLeft) {
      agreed = 0
      if (candidate?.fork.hash !== fork.hash) {
        if (candidate !== null || wasLeft) contradicted()
        candidate = { fork, looks: 0 }
      }
      candidate.looks += 1
      if (candidate.looks < needed) return false
      candidate = null
      return true
    },
    showsOurs(head) {
      if (candidate !== null) {
        if (head.number < candidate.fork.number) return
        candidate = null
        contradicted()
        agreed = 0
      } else if (++calm >= calmLooks) {
        needed = Math.max(needed / 2, looksMin)
        calm = 0
      }
      if (head.number < shown) agreed = 0
      shown = head.number
      agreed = Math.min(agreed + 1, looksMax)
    },
    get undecided() {
      return candidate !== null
    },
    get settled() {
      return agreed >= looksMax
    },
  }
}
