import { expect, it } from 'vitest'
import { createVirtualClock } from '../../world/sim/virtual-clock.ts'
import { keptRecording } from '../testing/kept-recordings.ts'
import type { NodeUnderTest, ReplayedWorld } from './node-under-test.ts'
import { type MakePace, pacedBy } from './pace.ts'
import { replayRecording } from './replay-recording.ts'

const { events } = keptRecording('source-replays')
const speed = 2

/** The pace of a replay with a process, on a machine whose time jumps. */
const machine = createVirtualClock({ startMs: 0 })
const live: MakePace = (fromMs) => {
  const pace = pacedBy(machine, speed)(fromMs)
  return { ...pace, run: (work) => machine.runUntil(pace.run(work)) }
}

it('ends when its node does, and plays the rest to nobody', async () => {
  const livesMs = 4_000
  const diesAfter = (world: ReplayedWorld): NodeUnderTest => ({
    status: async () => world.source(),
    hear() {},
    async run() {
      await world.clock.sleep(livesMs)
      throw new Error('exit code 1')
    },
  })
  const replay = await replayRecording(events, { create: diesAfter, live })
  expect(replay.ended).toBe('exit code 1')
  expect(replay.to - replay.from).toBeGreaterThan(10 * livesMs)
  expect(replay.events.at(-1)).toMatchObject({ kind: 'end', outcome: 'failed', message: 'exit code 1' })
  expect(machine.nowMs()).toBe(livesMs / speed)
})
