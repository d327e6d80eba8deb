import type { Fact, WorldEvent } from '../../events/event.ts'
import { twoVerifiersFollowing } from '../../topologies.ts'
import { startSimWorld } from '../../world/sim/sim-world.ts'
import type { World } from '../../world/world.ts'
import { type Endpoint, recordEndpoints } from '../record/recorder.ts'
import { type Bug, createBuggyFollower } from './buggy-follower.ts'

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
  const { clock, parameters } = world
  const events: WorldEvent[] = []
  const record = (fact: Fact) => void events.push({ seq: events.length, t: clock.nowMs(), ...fact })
  world.events.subscribe((event) => event.kind === 'log' && onLog?.(event))
  const stop = new AbortController()
  const endpoints = (parts: World['cls'] | World['els']): Endpoint[] =>
    [...parts.values()].map(({ name, rpc }) => ({ name, rpc }))
  const buggy =
    bug === undefined ? null : createBuggyFollower({ bug, source: world.cls.get('reference')!.rpc })
  const cls = endpoints(world.cls).map((one) =>
    one.name === 'follower' && buggy !== null ? { name: one.name, rpc: buggy } : one,
  )
  const recording = recordEndpoints({
    ...{ runId: 'incident', cls, els: endpoints(world.els), l1: { rpc: world.l1.rpc } },
    follows: { follower: 'reference', sequencer: 'reference' },
    ...{ l1BlockTime: parameters.l1BlockTime, l2BlockTime: parameters.l2BlockTime },
    ...{ clock, record, signal: stop.signal },
  })
  try {
    await clock.sleep(40_000)
    await happens(world, (count) => clock.sleep(count * 1000))
  } finally {
    stop.abort(new Error('recorded'))
    await recording
    await world.stop()
  }
  return events
}
