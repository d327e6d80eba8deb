import type { Fault } from '../faults/fault.ts'
import {
  createFaultStand,
  type FaultContext,
  type FaultStand,
  type StandingFault,
} from '../faults/fault-stand.ts'
import { isCutting } from './peer-effects.ts'

export interface PeerPointOptions extends FaultContext {
  readonly carrier: 'gossip' | 'el-peers'
  /** Their names. */
  readonly peers: readonly [string, string]
  /** Ends every connection of the two that stands; the fault strikes for each. */
  readonly cut: (fault: StandingFault) => void
}

/** The fault point of the connection of two peers, `a↔b`, whoever dials. */
export function createPeerPoint(options: PeerPointOptions): FaultStand {
  const [a, b] = options.peers
  const stand: FaultStand = createFaultStand({
    ...options,
    point: `${a}↔${b}`,
    carriers: [options.carrier],
    refuses: refusedHere,
    async onInstall(standing) {
      const effect = standing.fault.effects.peers
      if (effect?.kind === 'heal') {
        for (const other of [...stand.faults]) if (other !== standing) await other.remove()
        standing.strike()
        await standing.remove()
      }
      if (isCutting(effect, a, b) && standing.fault.conditions.length === 0) options.cut(standing)
    },
  })
  return stand
}

function refusedHere({ conditions }: Fault): string | null {
  return conditions.some((one) => 'to' in one)
    ? 'what peers say is theirs, so that `to` has nothing to choose by; use `from`'
    : null
}
