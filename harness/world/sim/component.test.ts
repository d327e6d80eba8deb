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
