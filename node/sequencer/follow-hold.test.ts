import { describe, expect, it } from 'vitest'
import type { AppliedFollowCase } from '../engine/engine-client.ts'
import { type FollowHold, heldForMs, holdMsMax, nextHold, startingHold } from './follow-hold.ts'

const nowMs = 1_000_000
const event = (followCase: AppliedFollowCase, currentL1: number, l1Head = 20) => ({
  followCase,
  currentL1: BigInt(currentL1),
  l1Head: BigInt(l1Head),
  nowMs,
})
const adopting: FollowHold = {
  kind: 'held',
  why: 'adopting',
  untilL1: 20n,
  seenL1: 15n,
  untilMs: nowMs + 1_000,
}

describe('hold of a sequencer that follows', () => {
  it.each<[string, FollowHold, ReturnType<typeof event>, Partial<FollowHold> & Record<string, unknown>]>([
    ['a healthy source holds nothing', { kind: 'free' }, event('consolidated', 3), { kind: 'free' }],
    [
      'a reorg holds until the L1 head of now',
      { kind: 'free' },
      event('reorged', 15),
      { ...adopting, untilMs: nowMs + holdMsMax },
    ],
    [
      'a source ahead of us holds too',
      { kind: 'free' },
      event('ahead', 15),
      { why: 'adopting', untilL1: 20n },
    ],
    [
      'another reorg does not move the goal',
      adopting,
      event('reorged', 16, 25),
      { untilL1: 20n, seenL1: 16n },
    ],
    [
      'consolidated before the goal: still held',
      adopting,
      event('consolidated', 19),
      { kind: 'held', seenL1: 19n },
    ],
    ['consolidated at the goal: free', adopting, event('consolidated', 20), { kind: 'free' }],
    ['the goal without consolidation: still held', adopting, event('ahead', 20), { kind: 'held' }],
    ['progress moves the deadline', adopting, event('consolidated', 16), { untilMs: nowMs + holdMsMax }],
    ['standing still does not', adopting, event('consolidated', 15), { untilMs: nowMs + 1_000 }],
    // Campaign, seed 860213: blocks had been built since, and the chain of the source differed from them anew.
    [
      'a reorg when the time of a hold is up holds until the L1 head of now',
      { ...adopting, untilMs: nowMs },
      event('reorged', 16, 25),
      { untilL1: 25n, seenL1: 16n },
    ],
    [
      'what a source says when the time of a hold is up holds nothing',
      { ...adopting, untilMs: nowMs },
      event('consolidated', 16),
      { kind: 'free' },
    ],
    [
      'the first word of a source ends the start',
      startingHold(nowMs),
      event('consolidated', 3),
      { kind: 'free' },
    ],
    [
      'a source ahead at the start',
      startingHold(nowMs),
      event('ahead', 3),
      { why: 'adopting', untilL1: 20n },
    ],
  ])('%s', (_name, hold, happened, expected) => {
    expect(nextHold(hold, happened)).toMatchObject(expected)
  })

  it('ends by itself when the source says nothing new', () => {
    expect(heldForMs(startingHold(nowMs), nowMs)).toBe(holdMsMax)
    expect(heldForMs(startingHold(nowMs), nowMs + holdMsMax)).toBe(0)
    expect(heldForMs({ kind: 'free' }, nowMs)).toBe(0)
  })
})
