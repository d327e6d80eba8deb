import type { WorldEvent } from '../events/event.ts'
import { consumerOf } from '../events/traffic-role.ts'

/**
 * Where a fault stood on somebody's L1: "canonical on own L1" is then not what L1 is, and what the node did by what it
 * saw may last for a while after the fault.
 */
export interface L1Doubts {
  add(event: WorldEvent): void
  /**
   * Until when the node's L1 was in doubt, as Unix time in milliseconds: 0 for never, infinite while it is.
   * Without a node: anybody's.
   */
  untilMs(node?: string): number
}

export function createL1Doubts(): L1Doubts {
  const standing = new Map<number, string>()
  const ended = new Map<string, number>()
  return {
    add(event) {
      if (event.kind !== 'fault' || !event.point.endsWith('→l1')) return
      const node = consumerOf(event.point)
      if (event.action === 'install') standing.set(event.id, node)
      else if (event.action === 'remove') {
        standing.delete(event.id)
        ended.set(node, event.t)
      }
    },
    untilMs(node) {
      const isOurs = (name: string) => node === undefined || name === node
      if ([...standing.values()].some(isOurs)) return Number.POSITIVE_INFINITY
      return Math.max(0, ...[...ended].flatMap(([name, t]) => (isOurs(name) ? [t] : [])))
    },
  }
}
