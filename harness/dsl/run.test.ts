import { expect, it } from 'vitest'
import { createEvidence } from './evidence.ts'
import { createRun } from './run.ts'
import { createFakeWorld } from './testing/fake-world.ts'

it('gives waits the time that the slowest client needs to look', async () => {
  const world = createFakeWorld()
  const cls = new Map(
    [...world.cls].map(([name, handle]) => [
      name,
      { ...handle, polls: name === 'follower' ? { followSourceMs: 9_000 } : { followSourceMs: 500 } },
    ]),
  )
  const [quick, slow] = [createRun(world, 'quick'), createRun({ ...world, cls }, 'slow')]
  const { stallMs, totalMs } = quick.limits('localSafe')
  expect(slow.limits('localSafe')).toEqual({ stallMs: stallMs + 4 * 9_000, totalMs: totalMs + 8 * 9_000 })
  expect(slow.limits('unsafe')).toEqual(quick.limits('unsafe'))
  await world.stop()
})

it('says in a failure that the machine did not keep up', async () => {
  const world = createFakeWorld()
  const evidence = createEvidence()
  const run = createRun(world, 'busy', evidence)
  expect(run.describe().state).not.toContain('stood still')
  for (const lateMs of [300, 2_400, 250]) evidence.observe({ seq: 0, t: 0, kind: 'stall', lateMs })
  expect(run.describe().state).toContain('stood still 3 times, 2.4 s at most')
  await world.stop()
})
