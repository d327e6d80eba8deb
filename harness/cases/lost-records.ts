import type { WorldEvent } from '../events/event.ts'
import type { ClSpec } from '../world/topology.ts'

/** What a run says of nodes that read again what somebody who derives from the start has dropped. */
export interface LostRecords {
  add(event: WorldEvent): void
  /** Whether a node may have derived another chain than that one, by the rules. */
  mayDifferFrom(node: string): boolean
}

/**
 * From Holocene on, a batch that comes before its parent is gone for good (specs/protocol/holocene/derivation.md, "Batch
 * Queue"). A node that restarts without a record of what it derived from where begins where the specs tell it to
 * (specs/protocol/derivation.md, "Finding the sync starting point"): with a safe head that such a batch follows, and it
 * takes it. So the chain of a node without a record depends on when it restarted, once there was an early batch.
 */
export function createLostRecords(
  cls: Readonly<Record<string, Pick<ClSpec, 'mode' | 'safeDb'>>>,
): LostRecords {
  const dropped = new Set<string>()
  let isLost = false
  return {
    add(event) {
      if (event.kind === 'reach' && event.mark === 'early batch dropped' && event.node !== undefined)
        dropped.add(event.node)
      else if (event.kind === 'component') {
        const spec = cls[event.component]
        const loses = event.action === 'wipe' || (event.action === 'exit' && spec?.safeDb === undefined)
        if (spec?.mode.kind === 'derive' && loses) isLost = true
      }
    },
    mayDifferFrom: (node) => isLost && dropped.has(node),
  }
}
