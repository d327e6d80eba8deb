import type { WorldEvent } from '../../events/event.ts'
import { faults } from '../../faults/vocabulary.ts'
import { createDraw, type Draw } from '../../fuzz/draw.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { createRandomStreams } from '../../world/random-streams.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import type { World } from '../../world/world.ts'
import type { Bug } from '../bugs/bugs.ts'
import { recordWorld } from '../record/record-world.ts'

/** What an incident is made with. */
export interface Happening {
  readonly world: World
  /** In virtual time, where an L1 block takes two of these seconds. */
  readonly seconds: (count: number) => Promise<void>
  /** What differs from seed to seed. */
  readonly draw: Draw
}

export interface SimulatedIncident {
  readonly seed: string
  /** The node called `follower` in the recording is then one with that bug, instead of the simulated one. */
  readonly bug?: Bug
  /** What happens, after everybody has followed for a while. */
  readonly happens: (happening: Happening) => Promise<void>
  /** Hears what the nodes log, of the level that `LOCKSTEP_EVENT_LOG_LEVEL` says. */
  readonly onLog?: (line: Extract<WorldEvent, { kind: 'log' }>) => void
}

export interface RecordedIncident {
  readonly events: readonly WorldEvent[]
  /** When it began to happen; Unix time in milliseconds. */
  readonly happenedMs: number
}

/** In seconds, of L1 and L2. */
type BlockTimes = readonly [number, number]
const blockTimes: readonly [BlockTimes, ...BlockTimes[]] = [
  [2, 1],
  [4, 2],
  [3, 1],
]
const slowLinks = ['*→l1', '*→reference'] as const

/**
 * Makes an incident in the simulated world and records it by public endpoints alone. The seed draws the block times, how
 * slow everybody's L1 and source are, when it happens, and what the incident leaves open.
 */
export async function recordSimulated({
  seed,
  bug,
  happens,
  onLog,
}: SimulatedIncident): Promise<RecordedIncident> {
  const draw = createDraw(createRandomStreams(seed)('incident'))
  const [l1BlockTime, l2BlockTime] = draw.pick(blockTimes)
  const world = await startSimWorld({
    ...{ topology: twoVerifiersFollowing, name: 'incident', seed },
    parameters: { l1BlockTime, l2BlockTime },
  })
  const { clock } = world
  const secondMs = l1BlockTime * 500
  world.events.subscribe((event) => event.kind === 'log' && onLog?.(event))
  const recording = recordWorld(world, bug)
  try {
    for (const link of slowLinks)
      await world.points.get(link).install(faults.slow(draw.int(1, 60), draw.int(0, 60)))
    await clock.sleep(draw.int(40 * secondMs, 50 * secondMs))
    const happenedMs = clock.nowMs()
    await happens({ world, draw, seconds: (count) => clock.sleep(Math.round(count * secondMs)) })
    return { events: recording.events, happenedMs }
  } finally {
    await recording.end()
    await world.stop()
  }
}
