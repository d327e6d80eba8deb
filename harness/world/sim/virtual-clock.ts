import type { Clock } from '../../../node/ports/clock.ts'
import { heapPop, heapPush } from '../../binary-heap.ts'

/** What happened in a simulated world, in order: who was woken and when. */
export interface ScheduleStep {
  /** Unix time in milliseconds. */
  readonly atMs: number
  /** Counts the timers of the world in the order in which they were set. */
  readonly timer: number
  /** Whose clock it was. */
  readonly owner: string
}

/** Time of a simulated world: it stands still while anything can run, and then jumps to the next timer. */
export interface VirtualClock extends Clock {
  /**
   * The clock of one component: its timers carry its name. `isHeld` says whether the component is paused: a timer that
   * is due then waits for `release`.
   */
  of(owner: string, isHeld?: () => boolean): Clock
  /** Wakes what was due while its component was held. */
  release(owner: string): void
  /** Lets time pass until `end` settles, and gives what it gave. */
  runUntil<T>(end: Promise<T>): Promise<T>
  /** Calls back for each timer that fires. */
  trace(observer: (step: ScheduleStep) => void): void
}

export interface VirtualClockOptions {
  /** Unix time in milliseconds. */
  readonly startMs: number
  /** Timers that may fire at one moment: more are a loop that waits for no time. Default 100 000. */
  readonly timersPerMomentMax?: number
  /** How often time may be read or waited for before anything else gets a turn: more are a loop that never waits. Default 10 million. */
  readonly usesPerTurnMax?: number
}

/** Nothing in a simulated world can ever happen any more, or it goes round without time passing. */
export class SimulationStuck extends Error {
  override readonly name = 'SimulationStuck'
}

interface Timer {
  readonly atMs: number
  readonly number: number
  readonly owner: string
  readonly isHeld: () => boolean
  /** Null once it fired or was given up. */
  wake: (() => void) | null
}

const isNeverHeld = () => false
/**
 * How many timers fire before the process gets its turn, in which it looks for what came from outside: that takes as long as
 * what most timers wake.
 */
const timersPerTurn = 32
/** So often the process gets a turn although no timer is left, before the world counts as stuck. */
const idleTurnsMax = 1_000

/** Timers of the same time fire in the order in which they were set; everything that one wakes settles before the next. */
export function createVirtualClock(options: VirtualClockOptions): VirtualClock {
  const { timersPerMomentMax = 100_000, usesPerTurnMax = 10_000_000 } = options
  const heap: Timer[] = []
  const held: Timer[] = []
  const observers: ((step: ScheduleStep) => void)[] = []
  let nowMs = options.startMs
  let timers = 0
  let atThisMoment = 0
  let uses = 0

  function use(owner: string): void {
    if (++uses > usesPerTurnMax)
      throw new SimulationStuck(
        `${owner} asked for the time ${usesPerTurnMax} times without waiting for anything: expected it to wait`,
      )
  }

  function sleep(owner: string, isHeld: () => boolean, ms: number, signal?: AbortSignal): Promise<void> {
    use(owner)
    return new Promise<void>((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason)
      const onAbort = () => {
        timer.wake = null
        reject(signal?.reason)
      }
      const timer: Timer = {
        atMs: nowMs + Math.max(0, ms),
        number: timers++,
        owner,
        isHeld,
        wake() {
          signal?.removeEventListener('abort', onAbort)
          resolve()
        },
      }
      signal?.addEventListener('abort', onAbort, { once: true })
      heapPush(heap, timer, isBefore)
    })
  }

  function fire(timer: Timer): void {
    const { wake, owner, number } = timer
    timer.wake = null
    for (const observer of observers) observer({ atMs: nowMs, timer: number, owner })
    wake?.()
  }

  /** The next timer that nobody has given up; those of held components are put aside. */
  function next(): Timer | undefined {
    for (let timer = heapPop(heap, isBefore); timer !== undefined; timer = heapPop(heap, isBefore)) {
      if (timer.wake === null) continue
      if (!timer.isHeld()) return timer
      held.push(timer)
    }
    return undefined
  }

  function advance(): boolean {
    const timer = next()
    if (timer === undefined) return false
    if (timer.atMs > nowMs) {
      nowMs = timer.atMs
      atThisMoment = 0
    }
    if (++atThisMoment > timersPerMomentMax)
      throw new SimulationStuck(
        `${timersPerMomentMax} timers fired at ${nowMs} ms and time did not pass; the last one is of ${timer.owner}`,
      )
    fire(timer)
    return true
  }

  const clockOf = (owner: string, isHeld: () => boolean = isNeverHeld): Clock => ({
    nowMs() {
      use(owner)
      return nowMs
    },
    sleep: (ms, signal) => sleep(owner, isHeld, ms, signal),
  })

  return {
    ...clockOf('world'),
    of: clockOf,
    release(owner) {
      for (const timer of held.splice(0)) {
        if (timer.owner === owner) heapPush(heap, timer, isBefore)
        else held.push(timer)
      }
    },
    trace: (observer) => void observers.push(observer),
    async runUntil(end) {
      const over = Promise.withResolvers<void>()
      let ended = false
      const onEnd = () => {
        ended = true
      }
      end.then(onEnd, onEnd)
      let idleTurns = 0
      let isOver = false
      /** Whether a timer was left to wake when this turn last looked. */
      let goesOn = true
      const settle = (how: () => void) => {
        isOver = true
        how()
      }
      // No promises between two timers: a world has tens of thousands of them.
      const step = () => {
        if (isOver || !goesOn) return
        uses = 0
        if (ended) return settle(over.resolve)
        try {
          goesOn = advance()
        } catch (error) {
          settle(() => over.reject(error))
        }
      }
      const turn = () => {
        if (isOver) return
        idleTurns = goesOn ? 0 : idleTurns + 1
        if (idleTurns > idleTurnsMax) {
          const stuck = `nothing is left that time could wake at ${nowMs} ms: expected the world to wait for its clock alone`
          return settle(() => over.reject(new SimulationStuck(stuck)))
        }
        goesOn = true
        for (let count = 0; count < timersPerTurn; count++) whenEverythingSettled(step)
        whenEverythingSettled(turn)
      }
      turn()
      await over.promise
      return end
    },
  }
}

/** Each callback of the check phase comes after every micro-task of the one before, however long the chain of promises. */
const whenEverythingSettled = (next: () => void): void => void setImmediate(next)

const isBefore = (a: Timer, b: Timer) => a.atMs < b.atMs || (a.atMs === b.atMs && a.number < b.number)
