import type { WorldEvent } from '../../events/event.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import type { World } from '../../world/world.ts'
import type { Bug } from '../bugs/bugs.ts'
import { recordWorld } from '../record/record-world.ts'

export interface SimulatedIncident {
  readonly seed: string
  /** The node called `follower` in the recording is then one with that bug, instead of the simulated one. */
  readonly bug?: Bug
  /** What happens, after everybody has followed for a while. `seconds` are of virtual time. */
  readonly happens: (world: World, seconds: (count: number) => Promise<void>) => Promise<void>
  /** Hears what the nodes log, of the level that `LOCKSTEP_EVENT_LOG_LEVEL` says. */
  readonly onLog?: (line: Extract<WorldEvent, { kind: 'log' }>) => void
}

/** Makes an incident in the simulated world and records it by public endpoints alone. */
export async function recordSimulated({
  seed,
  bug,
  happens,
  onLog,
}: SimulatedIncident): Promise<readonly WorldEvent[]> {
  const world = await startSimWorld({ topology: twoVerifiersFollowing, name: 'incident', seed })
  const { clock } = world
  world.events.subscribe((event) => event.kind === 'log' && onLog?.(event))
  const recording = recordWorld(world, bug)
  try {
    await clock.sleep(40_000)
    await happens(world, (count) => clock.sleep(count * 1000))
  } finally {
    await recording.end()
    await world.stop()
  }
  return recording.events
}
