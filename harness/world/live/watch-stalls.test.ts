import { expect, it } from 'vitest'
import type { Clock } from '../../../node/ports/clock.ts'
import type { WorldEvent } from '../../events/event.ts'
import { createEventStream } from '../../events/stream.ts'
import { watchStalls } from './watch-stalls.ts'

/** A clock whose timers come when they are let, as on a machine that does other things. */
function createBusyClock() {
  let nowMs = 1_000
  let wake = () => {}
  const clock: Clock = {
    nowMs: () => nowMs,
    sleep: (_, signal) =>
      new Promise((resolve, reject) => {
        wake = resolve
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
      }),
  }
  return {
    clock,
    async timerComesAfter(ms: number) {
      nowMs += ms
      wake()
      await Promise.resolve()
      await new Promise(setImmediate)
    },
  }
}

it('tells of a timer that comes late by a given time, and of none else', async () => {
  const busy = createBusyClock()
  const events = createEventStream(busy.clock)
  const stalls: number[] = []
  events.subscribe((event: WorldEvent) => {
    if (event.kind === 'stall') stalls.push(event.lateMs)
  })
  const stop = watchStalls({ clock: busy.clock, events, lateMs: 250 })
  await busy.timerComesAfter(100)
  await busy.timerComesAfter(349)
  expect(stalls).toEqual([])
  await busy.timerComesAfter(350)
  await busy.timerComesAfter(2_100)
  expect(stalls).toEqual([250, 2_000])
  await stop()
  await busy.timerComesAfter(9_000)
  expect(stalls).toHaveLength(2)
})
