import { describe, expect, it } from 'vitest'
import { createFakeClock } from '../../node/ports/testing/fake-clock.ts'
import { createEventStream } from '../events/stream.ts'
import { startDeadline } from './deadline.ts'
import { ScenarioFailure } from './failure.ts'
import { createFakeRun } from './testing/fake-run.ts'

describe('the deadline of a scenario', () => {
  it('says what the scenario waited for, in which step', async () => {
    const fake = createFakeRun()
    const clock = createFakeClock()
    const events = createEventStream(clock)
    const deadline = startDeadline(clock, 60_000)
    deadline.watch(fake.run, events.subscribe)
    events.record({ kind: 'step', step: 'reorg L1', action: 'start' })
    events.record({ kind: 'wait', id: 1, what: 'follower: unsafe reaches 3', action: 'start' })
    events.record({ kind: 'wait', id: 2, what: 'follower: in sync with reference', action: 'start' })
    events.record({ kind: 'wait', id: 1, what: 'follower: unsafe reaches 3', action: 'end' })

    await clock.advance(59_999)
    expect(deadline.signal.aborted).toBe(false)
    expect(deadline.step).toBe('reorg L1')
    await clock.advance(1)
    const failure: unknown = deadline.signal.reason
    expect(failure).toBeInstanceOf(ScenarioFailure)
    expect((failure as ScenarioFailure).facts).toMatchObject({
      kind: 'late',
      what: 'the scenario did not end within 60 s',
      found: 'in the step "reorg L1"\nwaiting for follower: in sync with reference',
    })
    await fake.stop()
  })

  it('says that the devstack did not boot', async () => {
    const clock = createFakeClock()
    const { signal } = startDeadline(clock, 1_000)
    await clock.advance(1_000)
    expect(String(signal.reason)).toContain('had not booted')
  })

  it('is over when the scenario has ended', async () => {
    const clock = createFakeClock()
    const deadline = startDeadline(clock, 1_000)
    deadline.end()
    await clock.advance(5_000)
    expect(deadline.signal.aborted).toBe(false)
    expect(clock.sleeping).toBe(0)
  })
})
