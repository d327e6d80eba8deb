import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import { type L2BlockRef, zeroL1BlockRef, zeroL2BlockRef } from '../../node/protocol/refs.ts'
import { syncStatusToJson } from '../../node/protocol/sync-status-json.ts'
import type { Fact } from '../events/event.ts'
import { type Observation, type StatusStream, startStatusStream } from './status-stream.ts'

let clock: FakeClock
let facts: Fact[]
let stream: StatusStream
let asked: number
let answer: (signal?: AbortSignal) => Promise<unknown>

const block = (number: bigint): L2BlockRef => ({
  ...zeroL2BlockRef,
  number,
  hash: `0x${number.toString(16).padStart(64, 'a')}`,
})
const statusJson = (unsafe: bigint) =>
  syncStatusToJson({
    currentL1: zeroL1BlockRef,
    currentL1Finalized: zeroL1BlockRef,
    headL1: zeroL1BlockRef,
    safeL1: zeroL1BlockRef,
    finalizedL1: zeroL1BlockRef,
    unsafeL2: block(unsafe),
    safeL2: zeroL2BlockRef,
    finalizedL2: zeroL2BlockRef,
    pendingSafeL2: zeroL2BlockRef,
    crossUnsafeL2: zeroL2BlockRef,
    localSafeL2: zeroL2BlockRef,
  })

beforeEach(() => {
  clock = createFakeClock(1_000)
  facts = []
  asked = 0
  answer = async () => statusJson(1n)
  stream = startStatusStream({
    node: 'follower',
    rpc: {
      request: (_method, _params, signal) => {
        asked++
        return answer(signal)
      },
    },
    periodMs: 250,
    clock,
    events: { record: (fact) => void facts.push(fact), subscribe: () => () => {}, end: () => {} },
  })
})
afterEach(() => stream.stop())

describe('startStatusStream', () => {
  it('asks once per period and records only heads that moved', async () => {
    await clock.advance(750)
    expect(asked).toBe(4)
    expect(facts).toHaveLength(6)
    answer = async () => statusJson(2n)
    await clock.advance(250)
    expect(facts.slice(6)).toMatchObject([
      { kind: 'head', node: 'follower', level: 'unsafe', block: { number: 2 } },
    ])
  })

  it('keeps one request in flight however slow the node is', async () => {
    await clock.settle()
    const slow = Promise.withResolvers<unknown>()
    answer = () => slow.promise
    await clock.advance(5_000)
    expect(asked).toBe(2)
    slow.resolve(statusJson(9n))
    await clock.settle()
    expect(stream.latest).toMatchObject({
      askedMs: 1_250,
      answeredMs: 6_000,
      status: { unsafeL2: { number: 9n } },
    })
  })

  it('answers `observe` with what was asked for afterwards, without waiting for the period', async () => {
    const first = Promise.withResolvers<unknown>()
    answer = () => first.promise
    await clock.advance(250)
    answer = async () => statusJson(5n)
    const observed = stream.observe()
    first.resolve(statusJson(4n))
    expect((await observed).status.unsafeL2.number).toBe(5n)
    expect((await stream.observe()).status.unsafeL2.number).toBe(5n)
    expect(clock.nowMs()).toBe(1_250)
  })

  it('remembers a failure, tells the listeners, and goes on', async () => {
    let notified = 0
    const seen: Observation[] = []
    stream.subscribe(() => notified++)
    stream.onObservation((observation) => seen.push(observation))
    await clock.settle()
    answer = async () => {
      throw new Error('connection refused')
    }
    await clock.advance(250)
    expect(stream.lastError).toEqual({ atMs: 1_250, message: 'connection refused' })
    answer = async () => ({ not: 'a status' })
    await clock.advance(250)
    expect(stream.lastError?.message).toContain('sync status')
    expect(notified).toBe(seen.length + 2)
    await expect(stream.observe()).rejects.toThrow('sync status')
  })

  it('ends `observe` when its signal does', async () => {
    await clock.settle()
    answer = (signal) =>
      new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
    await clock.advance(250)
    const abort = new AbortController()
    const observed = stream.observe(abort.signal)
    abort.abort(new Error('enough'))
    await expect(observed).rejects.toThrow('enough')
  })
})
