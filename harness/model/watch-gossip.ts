import type { WatchedWorld } from '../invariants/monitor.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/**
 * Whose blocks count: a sequencer signs with its old key for a while after L1 names another signer, and whoever refuses
 * what it signs is without unsafe blocks (optimism#22839). No node of a simulated world signs with any other key, or passes
 * on what another has signed, so that a node which nothing has disturbed since the boot refuses no block of them for its
 * signer. One that was started again, or whose L1 was reorged, may have forgotten who signed before. Of a peer that is no
 * node only what the sequencer signed can be a block that was seen before. Returns what ends it.
 */
export function watchGossip(world: WatchedWorld): () => void {
  const disturbances = createDisturbances()
  let bootedMs = Number.POSITIVE_INFINITY
  /** Whether a hostile peer has sent true blocks in other bytes. */
  let isRepeated = false
  const fail = (node: string, found: string) => {
    if (!world.failed.aborted) world.fail(new ModelViolation(node, 'hears-its-signer', found))
  }
  return world.events.subscribe(
    (event) => {
      if (event.kind === 'booted') bootedMs = event.t
      disturbances.add(event)
      if (event.kind === 'fault' && event.action === 'hit') isRepeated ||= event.fault.startsWith('duplicate')
      if (event.kind !== 'gossip') return
      const { node, reason, peer } = event
      if (peer !== undefined && !world.cls.has(peer)) {
        if (reason === 'seen' && !isRepeated)
          fail(node, 'it has seen before what a peer sent that is no node, and none has repeated a block')
      } else if (reason === 'wrong_signer' && disturbances.lastMs(node) <= bootedMs)
        fail(node, 'it refuses a block for its signer, and there is no other')
    },
    { history: true },
  )
}
