import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { recordedRun } from '../testing/recorded-run.ts'
import { indexEvents, type RunIndex } from './run-index.ts'
import { stateAt } from './state-at.ts'

/** What a reader sees of a state. */
function seen(index: RunIndex, t: number) {
  const state = stateAt(index, t)
  return {
    ...state,
    nodes: state.nodes
      .map(({ heads, told, update, ...node }) => ({
        ...{ ...node, heads: [...heads], told: told?.seq, update: update?.seq },
      }))
      .filter(({ heads }) => heads.length > 0),
    l1Head: state.l1Head?.hash,
    faults: state.faults.map(({ id, point }) => [id, point]),
    steps: state.steps.map(({ name }) => name),
    waits: state.waits.map(({ name }) => name),
  }
}

describe('stateAt', () => {
  it.each(['engine-hangs', 'another-l1-fork', 'three-faults', 'reorg-recovery'] as const)(
    'knows of %s at any time exactly what had happened by then',
    (name) => {
      const events = recordedRun(name)
      const whole = indexEvents(events)
      fc.assert(
        fc.property(fc.integer({ min: 0, max: events.length - 1 }), (place) => {
          const t = events[place]?.t ?? 0
          const until = indexEvents(events.filter((event) => event.t <= t))
          expect(seen(whole, t)).toEqual(seen(until, t))
        }),
        { numRuns: 40 },
      )
    },
  )

  it('is empty before the first event', () => {
    const index = indexEvents(recordedRun('reorg-recovery'))
    expect(stateAt(index, index.from - 1)).toMatchObject({
      l1Head: null,
      labels: null,
      faults: [],
      waits: [],
    })
  })
})
