import { beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock, type FakeClock } from '../../node/ports/testing/fake-clock.ts'
import type { Fact } from '../events/event.ts'
import { ScenarioFailure } from './failure.ts'
import { type Look, type WaitContext, wait } from './wait.ts'

let clock: FakeClock
let facts: Fact[]
let failed: AbortController
let listeners: Set<() => void>
let context: WaitContext

const stream = {
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => listeners.delete(listener)
  },
}
const ring = async () => {
  for (const listener of listeners) listener()
  await clock.settle()
}

beforeEach(() => {
  clock = createFakeClock(1_000)
  facts = []
  failed = new AbortController()
  listeners = new Set()
  let id = 0
  const description = {
    state: 'node  unsafe\nfollower  7:abcdef',
    reproduce: `npx lockstep accept 'FollowL2'`,
    artefacts: '.lockstep/runs/x',
  }
  context = {
    clock,
    events: { record: (fact) => void facts.push(fact) },
    pollMs: 250,
    failed: failed.signal,
    failure: () =>
      new ScenarioFailure({
        kind: 'component',
        what: 'follower ended',
        expected: 'a',
        found: 'b',
        ...description,
      }),
    nextId: () => ++id,
    describe: () => description,
  }
})

const limits = { stallMs: 3_000, totalMs: 10_000 }
function start(look: () => Look<string> | Promise<Look<string>>, streams = [stream]) {
  const waiting = wait(context, {
    what: 'follower: unsafe reaches 9',
    expected: '≥ 9',
    limits,
    streams,
    look,
  })
  const outcome = waiting.then(
    (value) => value,
    (error: unknown) => error as ScenarioFailure,
  )
  return outcome
}

/** The state of a promise after everything that can happen now has happened. */
async function now<T>(promise: Promise<T>): Promise<T | 'pending'> {
  await clock.settle()
  return Promise.race([promise, Promise.resolve('pending' as const)])
}

describe('wait', () => {
  it('looks again at each observation and ends on the condition, without time passing', async () => {
    let head = 7
    const outcome = start(() =>
      head >= 9 ? { done: true, value: 'there' } : { done: false, found: String(head) },
    )
    head = 8
    await ring()
    expect(await now(outcome)).toBe('pending')
    head = 9
    await ring()
    expect(await outcome).toBe('there')
    expect(facts).toMatchObject([
      { action: 'start', id: 1 },
      { action: 'end', durationMs: 0 },
    ])
    expect(listeners.size).toBe(0)
  })

  it('does not miss an observation that comes while it looks', async () => {
    const looks: PromiseWithResolvers<Look<string>>[] = []
    const outcome = start(() => {
      const look = Promise.withResolvers<Look<string>>()
      looks.push(look)
      return look.promise
    })
    await ring()
    looks[0]?.resolve({ done: false, found: '8' })
    await clock.settle()
    expect(looks).toHaveLength(2)
    looks[1]?.resolve({ done: true, value: 'there' })
    expect(await outcome).toBe('there')
  })

  it('polls when there is nothing to listen to', async () => {
    let looks = 0
    const outcome = start(
      () => (++looks > 3 ? { done: true, value: 'there' } : { done: false, found: '' }),
      [],
    )
    await clock.advance(749)
    expect(await now(outcome)).toBe('pending')
    await clock.advance(1)
    expect(await outcome).toBe('there')
  })

  it('fails on stall: progress resets the stall limit, looking does not', async () => {
    let head = 7
    const outcome = start(() => ({ done: false, found: String(head) }))
    await clock.advance(2_900)
    head = 8
    await ring()
    await clock.advance(2_900)
    await ring()
    expect(await now(outcome)).toBe('pending')
    await clock.advance(100)
    expect(await outcome).toMatchObject({ facts: { kind: 'stalled', found: '8' } })
    expect(clock.nowMs()).toBe(1_000 + 5_900)
    expect(facts.at(-1)).toMatchObject({ action: 'fail', durationMs: 5_900 })
  })

  it('fails when it is too slow, however much it moves', async () => {
    let head = 0
    const outcome = start(() => ({ done: false, found: String(head) }))
    for (let second = 0; second < 10; second++) {
      head++
      await ring()
      await clock.advance(1_000)
    }
    expect(await outcome).toMatchObject({ facts: { kind: 'late', found: '10' } })
  })

  it('takes an error for "not yet", remembers it, and recovers', async () => {
    let answer: Look<string> | Error = new Error('eth_getBlockByNumber: connection refused')
    const look = () => {
      if (answer instanceof Error) throw answer
      return answer
    }
    const recovering = start(look)
    await ring()
    answer = { done: true, value: 'there' }
    await ring()
    expect(await recovering).toBe('there')
    answer = new Error('eth_getBlockByNumber: connection refused')
    const failing = start(look)
    await clock.advance(3_000)
    expect(((await failing) as ScenarioFailure).message).toContain('connection refused')
  })

  it('ends at once when the run fails', async () => {
    const outcome = start(() => ({ done: false, found: '7' }))
    await clock.settle()
    failed.abort(new Error('x'))
    expect(await outcome).toMatchObject({ facts: { kind: 'component' } })
  })

  it('says what it expected, what it found, when, where, and how to see it again', async () => {
    let looks = 0
    const outcome = start(() => {
      if (looks++ === 1) throw new Error('busy')
      return { done: false, found: 'follower.unsafe is 7:abcdef' }
    })
    await clock.advance(1_000)
    await ring()
    await clock.advance(2_000)
    const failure = (await outcome) as ScenarioFailure
    expect(failure.message).toMatchInlineSnapshot(`
      "follower: unsafe reaches 9: no progress

        expected   ≥ 9
        found      follower.unsafe is 7:abcdef
        time       waited 3.0 s of at most 10.0 s; no progress for 3.0 s of at most 3.0 s
                   last error 2.0 s ago: busy

        node  unsafe
        follower  7:abcdef

        reproduce  npx lockstep accept 'FollowL2'
        artefacts  .lockstep/runs/x"
    `)
    expect(failure.stack).toMatch(/^ScenarioFailure: follower: unsafe reaches 9: no progress\n/)
  })
})
