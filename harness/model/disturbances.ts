import type { WorldEvent } from '../events/event.ts'
import { isHostileFault } from '../faults/hostile-faults.ts'
import { slowedMs } from '../invariants/doubts.ts'

/**
 * What may keep a node from going on, or make it go back: faults of its own links, faults, starts and ends of any
 * component, L1 reorgs, a block where one had made L1 shorter (only now what was there is an orphan for sure), and an operator
 * who resets it. Faults of the links of others are none: what those others tell is judged as it was told. Nor is what a
 * hostile peer sends: every node refuses it, and goes on.
 */
export interface Disturbances {
  add(event: WorldEvent): void
  /**
   * When the node was disturbed last, as Unix time in milliseconds; infinite while something stands that disturbs it.
   * Without what `besides` itself went through, a component or one of the node's own links: its faults, starts and ends.
   */
  lastMs(node: string, besides?: string): number
}

/** Whom it disturbs, null for everybody, and the component or link that it was done to. */
interface Disturbance {
  readonly whom: string | null
  readonly to: string | null
}

export function createDisturbances(): Disturbances {
  const standing = new Map<number, Disturbance>()
  const hostile = new Set<number>()
  let l1Highest = -1
  const past = new Map<string, Disturbance & { readonly t: number }>()

  function note(what: Disturbance, t: number): void {
    const key = `${what.whom} ${what.to}`
    past.set(key, { ...what, t: Math.max(t, past.get(key)?.t ?? 0) })
  }

  return {
    add(event) {
      switch (event.kind) {
        case 'fault': {
          const { id, point, action, json, t } = event
          if (typeof json?.['fault'] === 'string' && isHostileFault({ fault: json['fault'] })) hostile.add(id)
          if (hostile.has(id)) return
          const disturbance = point.includes('→')
            ? { whom: point.slice(0, point.indexOf('→')), to: point }
            : { whom: null, to: point }
          if (action === 'install') standing.set(id, disturbance)
          else if (action === 'remove') standing.delete(id)
          note(disturbance, t + slowedMs(event))
          return
        }
        case 'component':
          if (event.action !== 'await') note({ whom: null, to: event.component }, event.t)
          return
        case 'l1-reorg':
          return note({ whom: null, to: null }, event.t)
        case 'l1-block':
          if (event.block.number <= l1Highest) note({ whom: null, to: null }, event.t)
          l1Highest = Math.max(l1Highest, event.block.number)
          return
        case 'reach':
          if (event.mark === 'reset by admin' && event.node !== undefined)
            note({ whom: event.node, to: null }, event.t)
      }
    },
    lastMs(node, besides) {
      const counts = ({ whom, to }: Disturbance) =>
        (whom === null || whom === node) && (besides === undefined || to !== besides)
      if ([...standing.values()].some(counts)) return Number.POSITIVE_INFINITY
      return Math.max(0, ...[...past.values()].filter(counts).map(({ t }) => t))
    },
  }
}
