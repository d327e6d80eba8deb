import type { Clock } from '../ports/clock.ts'
import type { Random } from '../ports/random.ts'
import { createCallRate } from './call-rate.ts'

/**
 * Shares the calls that a server allows among those who want to make them: by priority, and in the order of asking
 * within one. So that the least urgent is late, but not for ever, each eighth call is of the lowest priority that waits.
 */
export interface CallBudget {
  /**
   * Resolves when a call may be made.
   * @param priority 0 is served first; at most {@link prioritiesMax} − 1.
   * @throws the signal's reason; Error when {@link waitingMax} wait already.
   */
  take(priority: number, signal?: AbortSignal): Promise<void>
  /** To be told of every call that was answered, and of every one that was refused for its number. */
  answered(): void
  refused(sentMs: number, retryAfterMs: number | null): void
}

export interface CallBudgetOptions {
  readonly clock: Clock
  readonly random: Random
  /** Calls per second; null: no limit but what refusals teach. */
  readonly limit: number | null
  /** Called when a refusal has lowered the rate. */
  readonly onLowered?: (callsPerSecond: number) => void
}

export const prioritiesMax = 4
/** Nobody asks for that many calls at once by intention. */
export const waitingMax = 4_096
const callsPerLowest = 8

interface Waiter {
  go(): void
}

export function createCallBudget({ clock, random, limit, onLowered }: CallBudgetOptions): CallBudget {
  const rate = createCallRate(limit)
  const queues = Array.from({ length: prioritiesMax }, () => new Set<Waiter>())
  let waiting = 0
  let served = 0
  let serving = false
  /** Ends the sleep of whoever serves when nobody waits any more, so that no timer outlives the node. */
  let nobodyWaits = new AbortController()

  const next = (): Waiter | undefined => {
    const order = ++served % callsPerLowest === 0 ? queues.toReversed() : queues
    for (const queue of order) for (const waiter of queue) return waiter
    return undefined
  }

  async function serve(): Promise<void> {
    serving = true
    while (waiting > 0) {
      const waitMs = rate.waitMs(clock.nowMs())
      if (waitMs === 0) next()?.go()
      else {
        nobodyWaits = new AbortController()
        await clock.sleep(waitMs, nobodyWaits.signal).catch(() => {})
      }
    }
    serving = false
  }

  return {
    async take(priority, signal) {
      signal?.throwIfAborted()
      const nowMs = clock.nowMs()
      if (waiting === 0 && rate.waitMs(nowMs) === 0) return rate.take(nowMs)
      if (waiting >= waitingMax)
        throw new Error(`expected at most ${waitingMax} calls to wait for their turn, found one more`)
      const queue = queues[priority] as Set<Waiter>
      const granted = Promise.withResolvers<void>()
      const leave = () => {
        queue.delete(waiter)
        waiting -= 1
        signal?.removeEventListener('abort', abort)
        if (waiting === 0) nobodyWaits.abort()
      }
      const waiter: Waiter = {
        go() {
          leave()
          rate.take(clock.nowMs())
          granted.resolve()
        },
      }
      const abort = () => {
        leave()
        granted.reject(signal?.reason)
      }
      signal?.addEventListener('abort', abort, { once: true })
      queue.add(waiter)
      waiting += 1
      if (!serving) void serve()
      return granted.promise
    },
    answered: () => rate.answered(clock.nowMs()),
    refused(sentMs, retryAfterMs) {
      const nowMs = clock.nowMs()
      const jitter = random.bytes(1)[0]! / 256
      if (rate.refused({ nowMs, sentMs, retryAfterMs, jitter })) onLowered?.(rate.perSecond(nowMs))
    },
  }
}
