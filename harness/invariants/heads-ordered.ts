import { formatRef } from '../../node/protocol/refs.ts'
import { headOf, type Level } from '../world/levels.ts'
import type { Invariant } from './invariant.ts'

const order: readonly Level[] = ['finalized', 'crossSafe', 'localSafe', 'unsafe']

/** finalized ≤ safe ≤ local-safe ≤ unsafe in every published status. */
export function headsOrdered(): Invariant {
  return {
    name: 'heads-ordered',
    rule: 'finalized ≤ safe ≤ local-safe ≤ unsafe in every published status',
    check({ status }) {
      for (const [index, lower] of order.entries()) {
        const higher = order[index + 1]
        if (higher === undefined) break
        const [low, high] = [headOf(status, lower), headOf(status, higher)]
        if (low.number > high.number)
          return `${lower} ${formatRef(low)} is ahead of ${higher} ${formatRef(high)}`
        if (low.number === high.number && low.hash !== high.hash && low.number > 0n)
          return `${lower} ${formatRef(low)} and ${higher} ${formatRef(high)} differ at one height`
      }
      return null
    },
  }
}
