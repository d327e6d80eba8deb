import { formatRef, isZeroRef, type L2BlockRef } from '../../node/protocol/refs.ts'
import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { ModelViolation } from './model-violation.ts'

/**
 * A follower that runs on takes finality back for nothing, not even for an engine that has lost all: it asks that to sync to
 * its head (follow-mode.md, step 7 and "Invariants"). Returns what ends it.
 */
export function watchFinalized(world: WatchedWorld): () => void {
  const { cls } = world
  const published = new Map<string, { readonly starts: number; readonly finalized: L2BlockRef }>()

  function observe({ node, status: { finalizedL2: finalized } }: Observation): void {
    const watched = cls.get(node)
    if (watched?.spec.mode.kind !== 'follow' || isZeroRef(finalized)) return
    const { starts } = watched.lifecycle
    const before = published.get(node)
    published.set(node, { starts, finalized })
    if (before?.starts !== starts || finalized.number >= before.finalized.number) return
    if (world.failed.aborted) return
    world.fail(
      new ModelViolation(
        node,
        'finality-stays',
        `finalized went back from ${formatRef(before.finalized)} to ${formatRef(finalized)}, and it ran on`,
      ),
    )
  }

  const ends = [...cls.values()].map(({ status }) => status.onObservation(observe))
  return () => {
    for (const end of ends) end()
  }
}
