import { type BackOff, createBackOff } from '../concurrency/back-off.ts'
import { createWakeup } from '../concurrency/wakeup.ts'
import type { Clock } from '../ports/clock.ts'
import { type EngineStoppedError, TemporaryEngineError } from './errors.ts'
import { answerAll, type EngineRequest, type Reply, type RequestOf, type SharedKind } from './requests.ts'
import { retryLimits } from './retry-limits.ts'
import { createTaskQueue, type QueuedTask } from './task-queue.ts'

/**
 * The engine actor's inbox: callers put requests in, the actor takes the next due task out. Requests of a shared kind
 * coalesce. While a reset is due nothing else comes out, because the heads are in doubt.
 */
export interface Inbox {
  readonly length: number
  /** A request with one caller. Rejects when the inbox is full or closed. */
  ask<T>(make: (reply: Reply<T>) => EngineRequest): Promise<T>
  /** A request that joins the waiting one of its kind: `join` changes that one. */
  askShared<Kind extends SharedKind, T>(
    kind: Kind,
    make: (replies: Reply<T>[]) => RequestOf<Kind>,
    join: (waiting: QueuedTask<RequestOf<Kind>>) => void,
  ): Promise<T>
  /** Makes sure that such a task waits, and that it runs no later than in `delayMs` unless it backs off. */
  ensure(kind: 'insert' | 'resync', delayMs?: number): void
  has(kind: EngineRequest['kind']): boolean
  requireReset(reason: string): void
  /** Puts a task that ran back: at a time, or with its back-off. */
  putBack(task: QueuedTask, when: { readonly atMs: number } | 'back-off'): void
  takeAll: ReturnType<typeof createTaskQueue>['takeAll']
  /** Waits for the next task that is due. Rejects when the signal aborts. */
  next(signal: AbortSignal): Promise<QueuedTask>
  /** Rejects everything that waits and every later request. */
  close(reason: EngineStoppedError): void
}

export function createInbox(clock: Clock, blockTimeMs: number): Inbox {
  const queue = createTaskQueue()
  const wakeup = createWakeup()
  let closed: EngineStoppedError | null = null

  const push = (request: EngineRequest, notBeforeMs = clock.nowMs(), backOff: BackOff | null = null) => {
    queue.push(request, notBeforeMs, backOff)
    wakeup.ring()
  }

  const takeDue = (): QueuedTask | undefined => {
    const reset = queue.find('reset')
    if (reset === undefined || reset.notBeforeMs <= clock.nowMs()) return queue.takeDue(clock.nowMs())
    // The reset backs off. Callers who can act on that are told; the rest waits with it.
    const error = new TemporaryEngineError(`the heads are being reset: ${reset.request.reason}`)
    for (const { request } of [...queue.takeAll('seal'), ...queue.takeAll('build')])
      request.reply.reject(error)
    answerAll(queue.find('follow')?.request.replies ?? [], 'el-error')
    answerAll(queue.find('insert')?.request.replies ?? [], undefined)
    return undefined
  }

  return {
    get length() {
      return queue.length
    },
    has: (kind) => queue.find(kind) !== undefined,
    takeAll: queue.takeAll,
    ask: (make) =>
      new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed)
        if (queue.isFull)
          return reject(new TemporaryEngineError(`the engine's inbox is full: ${queue.length} requests wait`))
        push(make({ resolve, reject }))
      }),
    askShared: (kind, make, join) =>
      new Promise((resolve, reject) => {
        if (closed !== null) return reject(closed)
        const request = make([{ resolve, reject }])
        const waiting = queue.find(kind)
        if (waiting === undefined) return push(request)
        absorb(waiting.request, request)
        join(waiting)
        wakeup.ring()
      }),
    ensure(kind, delayMs = 0) {
      const dueMs = clock.nowMs() + delayMs
      const waiting = queue.find(kind)
      if (waiting === undefined) return push({ kind, replies: [] }, dueMs)
      if (waiting.backOff === null) waiting.notBeforeMs = Math.min(waiting.notBeforeMs, dueMs)
      wakeup.ring()
    },
    requireReset(reason) {
      const request: EngineRequest = { kind: 'reset', reason, keepsUnproven: false, replies: [] }
      const waiting = queue.find('reset')
      if (waiting === undefined) push(request)
      else absorb(waiting.request, request)
    },
    putBack(task, when) {
      const { request } = task
      // A newer request of the kind came while this one ran: it takes over, and is not held back.
      const newer = 'replies' in request ? queue.find(request.kind) : undefined
      if (newer !== undefined) return absorb(newer.request, request)
      if (when !== 'back-off') return push(request, when.atMs)
      const backOff = task.backOff ?? createBackOff(retryLimits(request.kind, blockTimeMs))
      push(request, clock.nowMs() + backOff.next(), backOff)
    },
    async next(signal) {
      for (;;) {
        signal.throwIfAborted()
        const task = takeDue()
        if (task !== undefined) return task
        const dueMs = queue.find('reset')?.notBeforeMs ?? queue.earliestMs()
        if (dueMs === undefined) await wakeup.wait(signal)
        else await wakeup.waitUntil(dueMs, clock, signal)
      }
    },
    close(reason) {
      closed = reason
      for (;;) {
        const task = queue.takeDue(Number.POSITIVE_INFINITY)
        if (task === undefined) return
        for (const reply of repliesOf(task.request)) reply.reject(reason)
      }
    },
  }
}

/** Those who wait for `from` wait for `into` from now on, and what `from` says of a reset counts there. */
function absorb(into: EngineRequest, from: EngineRequest): void {
  if (into.kind === 'reset' && from.kind === 'reset') into.keepsUnproven &&= from.keepsUnproven
  if ('replies' in into && 'replies' in from)
    (into.replies as Reply<unknown>[]).push(...(from.replies.splice(0) as Reply<unknown>[]))
}

/** All who wait for a request. */
export function repliesOf(request: EngineRequest): readonly Pick<Reply<never>, 'reject'>[] {
  return 'reply' in request ? [request.reply] : request.replies
}
