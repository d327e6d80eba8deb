import { afterEach, beforeEach, expect, it } from 'vitest'
import { createScenarioClock, type ScenarioClock } from './scenario-clock.ts'
import { createFakeRun, type FakeRun } from './testing/fake-run.ts'
import { track } from './testing/track.ts'

let fake: FakeRun
let clock: ScenarioClock
beforeEach(() => {
  fake = createFakeRun()
  clock = createScenarioClock(fake.run)
})
afterEach(() => fake.stop())

it.each([
  { name: 'a time', wait: () => clock.at(clock.now + 90n), ms: 90_000 },
  { name: 'a time that is over', wait: () => clock.at(1), ms: 0 },
  { name: 'L2 blocks', wait: () => clock.passed({ blocks: 3 }), ms: 3_000 },
  { name: 'L1 blocks', wait: () => clock.passed({ l1Blocks: 30 }), ms: 60_000 },
])('waits for $name, and not longer', async ({ wait, ms }) => {
  const waiting = track(wait())
  await fake.clock.advance(Math.max(0, ms - 1))
  expect(waiting.state).toBe(ms === 0 ? 'done' : 'pending')
  await fake.clock.advance(1)
  expect(waiting.state).toBe('done')
})

it('ends with the run', async () => {
  const waiting = track(clock.passed({ blocks: 3 }))
  await fake.clock.settle()
  fake.world.fail(new Error('follower ended'))
  await fake.clock.settle()
  expect(waiting.failure?.facts).toMatchObject({ kind: 'component', what: 'follower ended' })
})
