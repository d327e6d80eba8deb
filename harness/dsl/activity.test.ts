import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { createEventStream } from '../events/stream.ts'
import { createActivity } from './activity.ts'

async function activity() {
  const clock = createFakeClock(0)
  const events = createEventStream(clock)
  const { deeds, did } = createActivity(events, clock)
  const fault = (
    point: string,
    id: number,
    name: string,
    action: 'install' | 'hit' | 'remove',
    hits?: number,
  ) =>
    events.record({ kind: 'fault', point, id, fault: name, action, ...(hits === undefined ? {} : { hits }) })
  return { clock, deeds, did, fault }
}

describe('what happened before a failure', () => {
  it('has the faults that hit first, those on the way of what failed before others', async () => {
    const { clock, deeds, did, fault } = await activity()
    fault('follower→reference', 1, 'stalls', 'install')
    fault('sequencer→l1', 2, 'slow', 'install')
    fault('follower→l1', 3, 'refuses', 'install')
    fault('follower→reference-el', 4, 'never', 'install')
    await clock.advance(1_000)
    for (const hits of [1, 2]) fault('follower→reference', 1, 'stalls', 'hit', hits)
    fault('sequencer→l1', 2, 'slow', 'hit', 1)
    fault('follower→l1', 3, 'refuses', 'hit', 1)
    await clock.advance(1_000)
    fault('follower→l1', 3, 'refuses', 'remove', 1)
    did('l1', 'reorged')
    await clock.advance(1_000)
    expect(deeds('follower: localSafe reaches 3')).toEqual([
      'follower→reference: fault stalls stands for 3.0 s, 2 hits',
      'follower→l1: fault refuses ended 1.0 s ago, 1 hit',
      'sequencer→l1: fault slow stands for 3.0 s, 1 hit',
      'l1: reorged by the scenario 1.0 s ago',
    ])
    expect(deeds('sequencer: unsafe reaches 3')[0]).toContain('sequencer→l1')
  })
})
