import { expect, it } from 'vitest'
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
