import { expect, it } from 'vitest'
import type { WorldEvent } from '../events/event.ts'
import { createL1Doubts } from './doubts.ts'

type Fault = Extract<WorldEvent, { kind: 'fault' }>

/** A fault on the L1 of `node`: installed at 10 s, it hits at 12 s and is removed at 14 s. */
function doubtsAfter(fault: string, actions: readonly Fault['action'][]) {
  const doubts = createL1Doubts()
  const at = { install: 10_000, hit: 12_000, remove: 14_000 }
  for (const action of actions)
    doubts.add({ kind: 'fault', id: 1, point: 'node→l1', fault, action, t: at[action], seq: 1 } as Fault)
  return doubts
}

it.each<[name: string, fault: string, actions: readonly Fault['action'][], untilMs: number]>([
  ['stands', 'hang', ['install'], Number.POSITIVE_INFINITY],
  ['stands, and hits', 'hang', ['install', 'hit'], Number.POSITIVE_INFINITY],
  ['is over', 'hang', ['install', 'hit', 'remove'], 14_000],
  ['told it to ask less, and is over', 'status(429)', ['install', 'hit', 'remove'], 32_000],
  ['would have told it to ask less', 'status(429)', ['install', 'remove'], 14_000],
])('what a fault excuses that %s', (_, fault, actions, untilMs) => {
  const doubts = doubtsAfter(fault, actions)
  expect(doubts.untilMs('node')).toBe(untilMs)
  expect(doubts.untilMs()).toBe(untilMs)
  expect(doubts.untilMs('another')).toBe(0)
})
