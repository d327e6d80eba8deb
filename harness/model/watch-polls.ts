import type { WatchedWorld } from '../invariants/monitor.ts'
import type { Observation } from '../world/status-stream.ts'
import { createDisturbances } from './disturbances.ts'
import { ModelViolation } from './model-violation.ts'

/** What a poll may take before it is given up (follow-mode.md, step 1), and the same again for all that a node does besides. */
const deadlineMs = 2_000

/**
 * A follower asks its source again and again, whatever the source does: a poll ends at its deadline, the next comes after
 * a block time at most (follow-mode.md, step 1; optimism#21759). Returns what ends it.
 */
export function watchPolls(world: WatchedWorld): () => void {
  const { events, cls, parameters } = world
  const disturbances = createDisturbances()
  const blockMs = parameters.l2BlockTime * 1000
  const silenceMs = 2 * deadlineMs + 2 * blockMs
  const calmMs = 10_000 + 2 * blockMs
  const heardMs = new Map<string, number>()

  function observe({ node: name, askedMs }: Observation): void {
    const mode = cls.get(name)?.spec.mode
    if (mode?.kind !== 'follow') return
    // What is done to the source and to the way there is no excuse for not asking.
    const disturbedMs = disturbances.lastMs(name, `${name}→${mode.source}`)
    const sinceMs = Math.max(disturbedMs + calmMs, heardMs.get(name) ?? 0)
    if (askedMs - sinceMs <= silenceMs || world.failed.aborted) return
    world.fail(
      new ModelViolation(
        name,
        'asks-on',
        `it has not ended a poll of ${mode.source} for ${Math.round((askedMs - sinceMs) / 1000)} s (at most ${silenceMs / 1000})`,
      ),
    )
  }

  const ends = [
    events.subscribe(
      (event) => {
        disturbances.add(event)
        if (event.kind === 'source') heardMs.set(event.follower, event.t)
      },
      { history: true },
    ),
    ...[...cls.values()].map(({ status }) => status.onObservation(observe)),
  ]
  return () => {
    for (const end of ends) end()
  }
}
