import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../ports/testing/fake-clock.ts'
import { createBackOff } from './back-off.ts'
import { DeadlineError, withDeadline } from './deadline.ts'
import { type Actor, supervise } from './supervise.ts'
import { createWakeup } from './wakeup.ts'

const never = new AbortController().signal

describe('wakeup', () => {
  it('does not lose a ring that came before the wait, and counts many as one', async () => {
    const wakeup = createWakeup()
    wakeup.ring()
    wakeup.ring()
    await wakeup.wait(never)
    let woken = false
    const second = wakeup.wait(never).then(() => {
      woken = true
    })
    await Promise.resolve()
    expect(woken).toBe(false)
    wakeup.ring()
    await second
  })

  it('waits no longer than it may, and leaves no sleeper behind', async () => {
    const clock = createFakeClock()
    const wakeup = createWakeup()
    const timed = wakeup.waitAtMost(100, clock, never)
    await clock.advance(100)
    await timed
    const rung = wakeup.waitAtMost(100, clock, never)
    wakeup.ring()
    await rung
    expect(clock.sleeping).toBe(0)
  })

  it('keeps one alarm for one far time, and rings at an earlier one', async () => {
    const clock = createFakeClock()
    const wakeup = createWakeup()
    const stop = new AbortController()
    const farMs = clock.nowMs() + 1_000
    for (let count = 0; count < 3; count++) {
      const waiting = wakeup.waitUntil(farMs, clock, stop.signal)
      wakeup.ring()
      await waiting
      expect(clock.sleeping).toBe(1)
    }
    const sooner = wakeup.waitUntil(clock.nowMs() + 100, clock, stop.signal)
    expect(clock.sleeping).toBe(1)
    await clock.advance(100)
    await sooner
    const later = wakeup.waitUntil(farMs, clock, stop.signal)
    await clock.advance(900)
    await later
    const last = wakeup.waitUntil(farMs + 1_000, clock, stop.signal)
    stop.abort(new Error('over'))
    await expect(last).rejects.toThrow('over')
    await clock.settle()
    expect(clock.sleeping).toBe(0)
    await expect(wakeup.waitUntil(farMs + 1_000, clock, stop.signal)).rejects.toThrow('over')
    expect(clock.sleeping).toBe(0)
  })

  it("ends with the signal's reason", async () => {
    const stop = new AbortController()
    const waiting = createWakeup().wait(stop.signal)
    stop.abort(new Error('over'))
    await expect(waiting).rejects.toThrow('over')
  })
})

describe('deadline', () => {
  it('gives the answer and leaves no sleeper behind', async () => {
    const clock = createFakeClock()
    expect(await withDeadline('x', 100, clock, never, async () => 7)).toBe(7)
    await clock.settle()
    expect(clock.sleeping).toBe(0)
  })

  it('ends on time although the work does not', async () => {
    const clock = createFakeClock()
    let told: AbortSignal | undefined
    const ended = withDeadline('the source', 100, clock, never, (signal) => {
      told = signal
      return new Promise(() => {})
    }).catch((error: unknown) => error)
    await clock.advance(100)
    expect(await ended).toBeInstanceOf(DeadlineError)
    expect(String(await ended)).toMatch(/the source: no answer within 100 ms/)
    expect(told?.aborted).toBe(true)
  })
})

it('back-off doubles to its maximum and starts again after a success', () => {
  const backOff = createBackOff({ firstMs: 50, maxMs: 180 })
  expect([backOff.next(), backOff.next(), backOff.next(), backOff.next()]).toEqual([50, 100, 180, 180])
  backOff.reset()
  expect(backOff.next()).toBe(50)
})

describe('supervision', () => {
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))

  it('names the actor that failed, after every other has stopped', async () => {
    let stopped = false
    const actors: Actor[] = [
      {
        name: 'steady',
        run: async (signal) => {
          await untilAborted(signal)
          stopped = true
          throw signal.reason
        },
      },
      { name: 'engine', run: async () => Promise.reject(new Error('finalized was reorged')) },
    ]
    const failures: [message: string, stopped: boolean][] = []
    const running = supervise(actors, never, ({ message }) => failures.push([message, stopped]))
    await expect(running).rejects.toMatchObject({
      message: 'engine: finalized was reorged',
      actor: 'engine',
    })
    expect(stopped).toBe(true)
    // Told at once, and only of the first.
    expect(failures).toEqual([['engine: finalized was reorged', false]])
  })

  it('takes an actor that just ends for a failure', async () => {
    await expect(supervise([{ name: 'watcher', run: async () => {} }], never)).rejects.toThrow(
      'watcher: ended without being stopped',
    )
  })

  it('resolves after a stop, however the actors end', async () => {
    const stop = new AbortController()
    const running = supervise(
      [
        { name: 'a', run: untilAborted },
        { name: 'b', run: (signal) => untilAborted(signal).then(() => Promise.reject(signal.reason)) },
      ],
      stop.signal,
    )
    stop.abort(new Error('stop'))
    await running
  })
})
