import type { Turn } from '../../../node/concurrency/turns.ts'
import type { StepCheck } from './step-watch.ts'

/** What calls may take of the engine. */
export interface CallLimits {
  /** Of one call, and of all the runs that an estimate or an access list takes. Source: geth, `--rpc.evmtimeout`. */
  readonly timeoutMs: number
  /** A call gets no more gas, whatever it asks for. Source: geth, `--rpc.gascap`. */
  readonly gasMax: bigint
  /** That run at one time; more wait. */
  readonly runningMax: number
  /** More are refused. */
  readonly waitingMax: number
  readonly nowMs: () => number
}

export const unlimitedCalls: CallLimits = {
  timeoutMs: Number.POSITIVE_INFINITY,
  gasMax: 2n ** 64n - 1n,
  runningMax: Number.POSITIVE_INFINITY,
  waitingMax: Number.POSITIVE_INFINITY,
  nowMs: () => 0,
}

/** A call was ended, or not begun, because it would have taken too much. The message is for the caller. */
export class CallLimitError extends Error {
  override readonly name = 'CallLimitError'
}

/**
 * Lets calls run beside the work on blocks, which goes first: a call that is longer than a turn waits while a block is
 * built or validated, and all calls together take turns with everything else in the process.
 */
export class CallGate {
  readonly #limits: CallLimits
  readonly #turn: Turn
  readonly #waiting: (() => void)[] = []
  #running = 0
  #blocks = 0
  #idle = Promise.withResolvers<void>()

  constructor(limits: CallLimits, turn: Turn) {
    this.#limits = limits
    this.#turn = turn
  }

  get gasMax(): bigint {
    return this.#limits.gasMax
  }

  /** Work on a block, until it is disposed. */
  blockWork(): Disposable {
    if (this.#blocks++ === 0) this.#idle = Promise.withResolvers()
    return {
      [Symbol.dispose]: () => {
        if (--this.#blocks === 0) this.#idle.resolve()
      },
    }
  }

  /**
   * Runs a call when there is room. `work` is given what must be asked while code runs.
   * @throws CallLimitError when its time is over, or too many wait already; the signal's reason when it aborts.
   */
  async run<T>(work: (check: StepCheck) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const { timeoutMs, runningMax, waitingMax, nowMs } = this.#limits
    const beganMs = nowMs()
    signal?.throwIfAborted()
    if (this.#running >= runningMax) {
      if (this.#waiting.length >= waitingMax)
        throw new CallLimitError(`too many calls at a time: ${waitingMax} wait already`)
      const room = Promise.withResolvers<void>()
      this.#waiting.push(room.resolve)
      await room.promise
    } else this.#running++
    const check = async () => {
      await this.#turn('behind')
      while (this.#blocks > 0) await this.#idle.promise
      signal?.throwIfAborted()
      if (nowMs() - beganMs > timeoutMs)
        throw new CallLimitError(`execution aborted (timeout = ${timeoutMs / 1000}s)`)
    }
    try {
      // One that waited for room may be too late, or nobody's any more.
      await check()
      return await work(check)
    } finally {
      const next = this.#waiting.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
