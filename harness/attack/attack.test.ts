import { expect, it } from 'vitest'
import { probeAnswers } from './answer-probe.ts'
import { type Attack, commonBound, exceeded } from './attack.ts'
import { faultsOf, outcomeLines } from './table.ts'
import type { EngineInfo } from './victims/engine.ts'
import { epochMs } from './victims/serve-victim.ts'
import { startVictim } from './victims/victim.ts'

const bound = { crashes: 0, stallMs: 100 }
const attack: Attack = { name: 'an attack', bound, run: async () => ({}) }

it.each([
  ['all that is measured is within', { crashes: 0, stallMs: 100, answered: 7 }, []],
  ['one is above', { crashes: 0, stallMs: 101 }, ['stallMs: expected at most 100, found 101']],
  [
    'one was not measured',
    { crashes: 1 },
    ['crashes: expected at most 0, found 1', 'stallMs: expected at most 100, it was not measured'],
  ],
])('when %s', (_, measured, faults) => {
  expect(exceeded({ bound }, measured)).toEqual(faults)
  expect(faultsOf({ attack, measured })).toEqual(faults)
  expect(outcomeLines({ attack, measured })).toMatch(faults.length === 0 ? /^holds / : /^BROKEN/)
})

it('an answer takes as long as it takes to have it, with what failed before', async () => {
  const over = new AbortController()
  let asked = 0
  const measured = await probeAnswers(
    async () => {
      asked++
      if (asked === 5) over.abort()
      if (asked < 4) throw new Error('refused')
    },
    { pid: process.pid, over: over.signal },
  )
  expect(measured).toMatchObject({ answered: 1 })
  expect(measured['answerWallP99Ms'] ?? measured['answerP99Ms']).toBeGreaterThanOrEqual(25)
})

it('no answer at all takes for ever', async () => {
  const ask = () => Promise.reject(new Error('refused'))
  const measured = await probeAnswers(ask, { pid: process.pid, over: AbortSignal.timeout(50) })
  expect(exceeded({ bound: { answerP99Ms: 100 } }, measured)).toEqual([
    'answerP99Ms: expected at most 100, found Infinity',
  ])
})

it.each([
  ['not what the asker computes before it sees the answer', 0, 0, 100],
  ['but what the victim took', 150, 150, 400],
])('an answer takes as long as the victim says, %s', async (_, tookMs, least, most) => {
  const over = new AbortController()
  let asked = 0
  const answeredAt = async () => {
    const beganMs = epochMs()
    if (asked++ > 0) over.abort()
    while (epochMs() < beganMs + 300) {
      // What an attacker does.
    }
    return beganMs + tookMs
  }
  const own = { pid: process.pid, over: over.signal, atMs: (atMs: number) => atMs }
  const measured = await probeAnswers(answeredAt, own)
  const wallMs = measured['answerWallP99Ms'] ?? measured['answerP99Ms']
  expect(wallMs).toBeGreaterThanOrEqual(least)
  expect(wallMs).toBeLessThan(most)
})

it('an attack that could not be made does not hold', () => {
  const outcome = { attack, failed: 'no such port' }
  expect(faultsOf(outcome)).toEqual(['could not be made: no such port'])
  expect(outcomeLines(outcome)).toContain('could not be made: no such port')
})

it('measures a victim that lives, and knows one that was killed', async () => {
  const never = new AbortController().signal
  const alive = await startVictim<EngineInfo>('engine', never)
  await alive.begin()
  const beforeMs = epochMs()
  const answeredMs = await alive.answeredAtMs()
  // Two processes read the clock once each.
  expect(answeredMs).toBeGreaterThan(beforeMs - 5)
  expect(answeredMs).toBeLessThan(epochMs() + 5)
  const measured = await alive.end()
  expect(Object.keys(measured).sort()).toEqual(['crashes', 'growthMiB', 'stallMs'])
  expect(exceeded({ bound: { crashes: 0, growthMiB: commonBound.growthMiB } }, measured)).toEqual([])
  await alive[Symbol.asyncDispose]()
  expect(await alive.end()).toEqual({ crashes: 1 })

  const stop = new AbortController()
  const killed = await startVictim<EngineInfo>('engine', stop.signal)
  stop.abort()
  await killed[Symbol.asyncDispose]()
  expect(await killed.end()).toEqual({ crashes: 1 })
}, 60_000)
