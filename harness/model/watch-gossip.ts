import type { WatchedWorld } from '../invariants/monitor.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/**
 * Whose blocks count: a sequencer signs with its old key for a while after L1 names another signer, and whoever refuses
 * what it signs is without unsafe blocks (optimism#22839). No node of a simulated world signs with any other key, or passes
 * on what another has signed, so that a node which nothing has disturbed since the boot refuses no block of them for its
 * signer. One that was started again, or whose L1 was reorged, may have forgotten who signed before. Returns what ends it.
 */
export function watchGossip(world: WatchedWorld): () => void {
  const disturbances = createDisturbances()
  let bootedMs = Number.POSITIVE_INFINITY
  return world.events.subscribe(
    (event) => {
      if (event.kind === 'booted') bootedMs = event.t
      disturbances.add(event)
      if (event.kind !== 'gossip' || event.reason !== 'wrong_signer') return
      // A hostile peer is no node.
      if (event.peer !== undefined && !world.cls.has(event.peer)) return
      if (world.failed.aborted || disturbances.lastMs(event.node) > bootedMs) return
      world.fail(
        new ModelViolation(
          event.node,
          'hears-its-signer',
          'it refuses a block for its signer, and there is no other',
        ),
      )
    },
    { history: true },
  )
}
