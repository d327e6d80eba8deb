import type { WorldEvent } from '../events/event.ts'

/** What the clocks of nodes say, where faults have them started with a wrong one. */
export interface Clocks {
  add(event: WorldEvent): void
  /** How far that of the node is ahead of the world's, in milliseconds; less than 0 when it is behind. */
  aheadMs(node: string): number
}

/** A clock is what a node is started with: the newest fault that stands then decides. */
export function createClocks(): Clocks {
  const standing = new Map<number, { readonly node: string; readonly ms: number }>()
  const started = new Map<string, number>()
  return {
    add(event) {
      if (event.kind === 'fault' && event.action === 'install') {
        const { fault, ms } = event.json ?? {}
        if (fault === 'clockSkew' && typeof ms === 'number') standing.set(event.id, { node: event.point, ms })
      } else if (event.kind === 'fault' && event.action === 'remove') standing.delete(event.id)
      else if (event.kind === 'component' && event.action === 'start') {
        const { component } = event
        started.set(component, [...standing.values()].findLast(({ node }) => node === component)?.ms ?? 0)
      }
    },
    aheadMs: (node) => started.get(node) ?? 0,
  }
}
