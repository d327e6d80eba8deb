import type { BackOff } from '../concurrency/back-off.ts'
import { type EngineRequest, type RequestKind, type RequestOf, requestPriority } from './requests.ts'

/** A request that waits. */
export interface QueuedTask<Request extends EngineRequest = EngineRequest> {
  readonly request: Request
  /** Not to be run before, in milliseconds of the Clock. */
  notBeforeMs: number
  /** Set from the first retry on. */
  backOff: BackOff | null
}

/** Requests by (priority, order of arrival); those that are not due yet are passed over. */
export interface TaskQueue {
  readonly length: number
  readonly isFull: boolean
  push(request: EngineRequest, notBeforeMs: number, backOff?: BackOff | null): void
  /** The waiting request of that kind that would run first. */
  find<Kind extends RequestKind>(kind: Kind): QueuedTask<RequestOf<Kind>> | undefined
  /** Takes the first task that is due. */
  takeDue(nowMs: number): QueuedTask | undefined
  /** Takes every task of that kind, in order. */
  takeAll<Kind extends RequestKind>(kind: Kind): QueuedTask<RequestOf<Kind>>[]
  /** The earliest time at which a task becomes due; undefined when none waits. */
  earliestMs(): number | undefined
}

/** @param tasksMax stated limit; only build, seal and consolidate can be many, and each has a caller who waits. */
export function createTaskQueue(tasksMax = 256): TaskQueue {
  // In order of service. Short by construction: plain insertion beats a heap and keeps arrival order exact.
  let tasks: QueuedTask[] = []
  const isOf =
    <Kind extends RequestKind>(kind: Kind) =>
    (task: QueuedTask): task is QueuedTask<RequestOf<Kind>> =>
      task.request.kind === kind

  return {
    get length() {
      return tasks.length
    },
    get isFull() {
      return tasks.length >= tasksMax
    },
    push(request, notBeforeMs, backOff = null) {
      const priority = requestPriority[request.kind]
      const after = tasks.findIndex((other) => requestPriority[other.request.kind] > priority)
      tasks.splice(after < 0 ? tasks.length : after, 0, { request, notBeforeMs, backOff })
    },
    find: (kind) => tasks.find(isOf(kind)),
    takeDue(nowMs) {
      const index = tasks.findIndex((task) => task.notBeforeMs <= nowMs)
      return index < 0 ? undefined : tasks.splice(index, 1)[0]
    },
    takeAll(kind) {
      const taken = tasks.filter(isOf(kind))
      tasks = tasks.filter((task) => task.request.kind !== kind)
      return taken
    },
    earliestMs() {
      let earliest: number | undefined
      for (const task of tasks)
        if (earliest === undefined || task.notBeforeMs < earliest) earliest = task.notBeforeMs
      return earliest
    },
  }
}
