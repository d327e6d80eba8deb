import { describe, expect, it } from 'vitest'
import type { EngineRequest, Reply, RequestKind } from './requests.ts'
import { createTaskQueue } from './task-queue.ts'
import { ref } from './testing/refs.ts'

const reply: Reply<never> = { resolve: () => {}, reject: () => {} }
const attributes = {} as never
const target = {} as never
const make: Record<RequestKind, () => EngineRequest> = {
  reset: () => ({ kind: 'reset', reason: 'test', keepsUnproven: false, replies: [] }),
  seal: () => ({ kind: 'seal', job: attributes, onInserted: () => {}, reply }),
  build: () => ({ kind: 'build', attributes, reply }),
  insert: () => ({ kind: 'insert', replies: [] }),
  consolidate: () => ({ kind: 'consolidate', attributes, reply }),
  follow: () => ({
    kind: 'follow',
    given: { target, confirmed: true, validatedMs: 0, judgedMs: 0 },
    replies: [],
  }),
  resync: () => ({ kind: 'resync', replies: [] }),
  finalize: () => ({ kind: 'finalize', block: ref('a', 1n), replies: [] }),
}

describe('task queue', () => {
  it('serves by priority: reset, seal, build, insert, follow and consolidate, finalize', () => {
    const queue = createTaskQueue()
    for (const kind of ['finalize', 'follow', 'insert', 'build', 'seal', 'reset'] as const)
      queue.push(make[kind](), 0)
    const order = Array.from({ length: 6 }, () => queue.takeDue(0)?.request.kind)
    expect(order).toEqual(['reset', 'seal', 'build', 'insert', 'follow', 'finalize'])
  })

  it('serves equal priorities in order of arrival', () => {
    const queue = createTaskQueue()
    const requests = [make.consolidate(), make.follow(), make.consolidate(), make.resync()]
    for (const request of requests) queue.push(request, 0)
    expect(requests.map(() => queue.takeDue(0)?.request)).toEqual(requests)
  })

  it('passes over what is not due, and says when something will be', () => {
    const queue = createTaskQueue()
    queue.push(make.seal(), 100)
    queue.push(make.finalize(), 0)
    expect(queue.takeDue(50)?.request.kind).toBe('finalize')
    expect(queue.takeDue(50)).toBeUndefined()
    expect(queue.earliestMs()).toBe(100)
    expect(queue.takeDue(100)?.request.kind).toBe('seal')
    expect(queue.earliestMs()).toBeUndefined()
  })

  it('is full at its limit', () => {
    const queue = createTaskQueue(2)
    queue.push(make.build(), 0)
    expect(queue.isFull).toBe(false)
    queue.push(make.build(), 0)
    expect(queue.isFull).toBe(true)
  })
})
