import { beforeEach, describe, expect, it } from 'vitest'
import { CallGate, CallLimitError, type CallLimits } from './call-gate.ts'

let nowMs: number
let turns: number
const turn = async () => {
  turns++
  nowMs += 10
}
const limits = (over: Partial<CallLimits> = {}): CallLimits => ({
  ...{ timeoutMs: 100, gasMax: 1n, runningMax: 2, waitingMax: 2, nowMs: () => nowMs },
  ...over,
})
const forever = (gate: CallGate, signal?: AbortSignal) =>
  gate.run(async (check) => {
    for (;;) await check()
  }, signal)
const ticks = async (count = 20) => {
  for (let tick = 0; tick < count; tick++) await Promise.resolve()
}

beforeEach(() => {
  nowMs = 0
  turns = 0
})

describe('CallGate', () => {
  it("ends a call that is never done, in geth's words", async () => {
    await expect(forever(new CallGate(limits(), turn))).rejects.toThrow('execution aborted (timeout = 0.1s)')
    expect(turns).toBeGreaterThan(5)
  })

  it('ends a call when its client has gone, and one that waited does not begin', async () => {
    const gate = new CallGate(limits({ timeoutMs: 1e9, runningMax: 1 }), turn)
    const gone = new AbortController()
    const running = forever(gate, gone.signal)
    let began = false
    const waiting = gate.run(async () => {
      began = true
    }, gone.signal)
    const ends = [running, waiting].map((call) => expect(call).rejects.toThrow('gone'))
    gone.abort(new Error('gone'))
    await Promise.all(ends)
    expect(began).toBe(false)
    await expect(gate.run(async () => 'next')).resolves.toBe('next')
  })

  it('runs so many at a time, lets so many wait, and refuses the rest', async () => {
    const gate = new CallGate(limits(), turn)
    let running = 0
    let most = 0
    const doors: (() => void)[] = []
    const call = () =>
      gate.run(async () => {
        most = Math.max(most, ++running)
        const door = Promise.withResolvers<void>()
        doors.push(door.resolve)
        await door.promise
        running--
      })
    const calls = [call(), call(), call(), call()]
    await ticks()
    await expect(call()).rejects.toThrow(CallLimitError)
    for (let open = doors.shift(); open !== undefined; open = doors.shift()) {
      open()
      await ticks()
    }
    await Promise.all(calls)
    expect(most).toBe(2)
    await expect(gate.run(async () => 'room')).resolves.toBe('room')
  })

  it('lets the work on blocks go first: a call stands still until it is done', async () => {
    const gate = new CallGate(limits({ timeoutMs: 1e9 }), turn)
    const block = gate.blockWork()
    let steps = 0
    const call = gate.run(async (check) => {
      steps++
      await check()
    })
    await ticks()
    expect(steps).toBe(0)
    block[Symbol.dispose]()
    await call
    expect(steps).toBe(1)
  })
})
