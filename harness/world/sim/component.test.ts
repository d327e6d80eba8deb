import { expect, it } from 'vitest'
import { createEventStream } from '../../events/stream.ts'
import { createSimComponent } from './component.ts'
import { createVirtualClock } from './virtual-clock.ts'

it.each(['stop', 'kill'] as const)('who is told to %s finishes first or not at all', async (how) => {
  const world = createVirtualClock({ startMs: 0 })
  const did: string[] = []
  const { lifecycle } = createSimComponent({
    ...{ name: 'node', world, events: createEventStream(world) },
    ...{ onUnexpectedExit: () => {}, wipe: () => {} },
    async start(signal) {
      const done = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      return {
        dispatch: () => ({ methods: new Map() }),
        done: done.then(() => void did.push('ended')),
        async finish() {
          await world.sleep(10)
          did.push('finished')
        },
      }
    },
  })
  await world.runUntil(
    (async () => {
      await lifecycle.start()
      await lifecycle[how]()
      await world.sleep(100)
    })(),
  )
  expect(did).toEqual(how === 'stop' ? ['finished', 'ended'] : ['ended'])
})

it('is started with a clock that is wrong, and with the right one again', async () => {
  const world = createVirtualClock({ startMs: 100_000 })
  const read: number[] = []
  const component = createSimComponent({
    ...{ name: 'node', world, events: createEventStream(world), skewsClock: true },
    ...{ onUnexpectedExit: () => {}, wipe: () => {} },
    async start(signal) {
      read.push(component.clock.nowMs() - world.nowMs())
      await component.clock.sleep(1_000)
      return {
        dispatch: () => ({ methods: new Map() }),
        done: new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
      }
    },
  })
  const { lifecycle } = component
  await world.runUntil(
    (async () => {
      await lifecycle.start()
      for (const ms of [-20_000, 0]) {
        await lifecycle.skewClock(ms)
        expect(lifecycle.running).toBe(false)
        await lifecycle.start()
      }
    })(),
  )
  expect(read).toEqual([0, -20_000, 0])
  // A wrong clock goes as fast as a right one.
  expect(world.nowMs()).toBe(103_000)
})
