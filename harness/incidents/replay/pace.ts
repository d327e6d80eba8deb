import type { Clock } from '../../../node/ports/clock.ts'
import { createVirtualClock } from '../../world/sim/virtual-clock.ts'

/** The time in which a recording is played again; it shows the recorded times. */
export interface Pace {
  /** @param name of whom it is the clock. */
  of(name: string): Clock
  readonly clock: Clock
  /** Until then it stands still. */
  begin(): void
  /** Lets time go on until the work is done. */
  run(work: Promise<unknown>): Promise<void>
}

/** Makes it, for a replay that begins at that Unix time in milliseconds. */
export type MakePace = (fromMs: number) => Pace

/** It jumps to whatever comes next. */
export const virtualPace: MakePace = (startMs) => {
  const clock = createVirtualClock({ startMs })
  return {
    clock,
    of: (name) => clock.of(name),
    begin() {},
    async run(work) {
      await clock.runUntil(work)
      await work
    },
  }
}

/** It passes with the machine's, `speed` times as fast. */
export function pacedBy(machine: Clock, speed: number): MakePace {
  return (fromMs) => {
    let begunMs: number | null = null
    const clock: Clock = {
      nowMs: () => (begunMs === null ? fromMs : fromMs + (machine.nowMs() - begunMs) * speed),
      sleep: (ms, signal) => machine.sleep(ms / speed, signal),
    }
    return {
      clock,
      of: () => clock,
      begin() {
        begunMs = machine.nowMs()
      },
      async run(work) {
        await work
      },
    }
  }
}
