import type { FaultPoint } from '../../faults/fault-point.ts'
import type { FaultContext, FaultStand } from '../../faults/fault-stand.ts'
import { cuttingFault, delayedMs } from '../../links/peer-effects.ts'
import { createPeerPoint, type PeerPointOptions } from '../../links/peer-point.ts'
import type { PeerPair } from '../topology.ts'

/** The connections of peers without sockets as fault points, and what the faults do to what is sent. */
export interface MemoryPeerLinks {
  readonly points: readonly FaultPoint[]
  /** Whether that peer can connect to the other one now. */
  admits(from: string, to: string): boolean
  /** How much later than else arrives what it sends now, in milliseconds; null when the connection is cut for it. */
  lateMs(from: string, to: string): number | null
}

export interface MemoryPeerLinksOptions extends FaultContext {
  readonly carrier: PeerPointOptions['carrier']
  readonly pairs: readonly PeerPair[]
  /** Ends the connection of the two. Returns whether there was one. */
  readonly sever: (a: string, b: string) => boolean
}

/** A point `a↔b` for each pair, as the live world has it. */
export function createMemoryPeerLinks(options: MemoryPeerLinksOptions): MemoryPeerLinks {
  const { clock, pairs, sever } = options
  const stands = new Map<string, FaultStand>()
  for (const [a, b] of pairs) {
    const stand = createPeerPoint({
      ...options,
      peers: [a, b],
      cut(fault) {
        if (sever(a, b)) fault.strike()
      },
    })
    stands.set(way(a, b), stand)
    stands.set(way(b, a), stand)
  }
  /** When what was sent last on each way arrives, in milliseconds: a stream keeps its order. */
  const dueMs = new Map<string, number>()

  /** Strikes when there is one. */
  function isCut(from: string, to: string): boolean {
    const stand = stands.get(way(from, to))
    const fault = stand === undefined ? null : cuttingFault(stand, { from, to, nowMs: clock.nowMs() })
    fault?.strike()
    return fault !== null
  }

  return {
    points: [...new Set(stands.values())],
    admits: (from, to) => !isCut(from, to),
    lateMs(from, to) {
      const stand = stands.get(way(from, to))
      if (stand === undefined) return 0
      if (isCut(from, to)) {
        sever(from, to)
        return null
      }
      const nowMs = clock.nowMs()
      const atMs = Math.max(dueMs.get(way(from, to)) ?? 0, nowMs + delayedMs(stand, { from, to, nowMs }))
      dueMs.set(way(from, to), atMs)
      return atMs - nowMs
    },
  }
}

const way = (from: string, to: string) => `${from}→${to}`
