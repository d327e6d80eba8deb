import { expect as assertion, describe, expect, it } from 'vitest'
import { twoVerifiersFollowing as topology } from '../topologies.ts'
import { ComponentError } from '../world/component-error.ts'
import { ScenarioFailure } from './failure.ts'
import { describeScenario, endFailureOf } from './scenario-record.ts'

describe('describeScenario', () => {
  it('knows claim, tags, and the slots of the topology', () => {
    expect(describeScenario('S', { topology, claim: 'It works.', tags: ['l1-reorg'] }, 5)).toEqual({
      claim: 'It works.',
      tags: ['l1-reorg'],
      topology: 'twoVerifiersFollowing',
      nodes: ['sequencer', 'reference', 'follower'],
      limitMs: 5,
    })
    expect(describeScenario('S', { topology }, 5)).toMatchObject({ claim: null, tags: [] })
  })

  it.each([
    { options: { claim: 'no full stop' }, error: 'claim: expected one sentence' },
    { options: { claim: 'Two sentences. Are too many.' }, error: 'claim: expected one sentence' },
    { options: { claim: '' }, error: 'claim: expected one sentence' },
    { options: { tags: ['L1 Reorg'] }, error: 'tags: expected lower-case words' },
  ])('refuses $options', ({ options, error }) => {
    expect(() => describeScenario('S', { topology, ...options }, 5)).toThrow(error)
  })
})

describe('endFailureOf', () => {
  const of = (run: () => void) => {
    try {
      run()
    } catch (error) {
      return endFailureOf(error, 'a step')
    }
    return null
  }

  it('keeps the words of a failure of the DSL', () => {
    const facts = { kind: 'stalled', what: 'w', expected: 'e', found: 'f', state: 's' } as const
    const failure = new ScenarioFailure({ ...facts, reproduce: 'r', artefacts: 'a' })
    expect(endFailureOf(failure, null)).toEqual({
      what: 'w',
      expected: 'e',
      found: 'f',
      step: null,
      component: null,
    })
  })

  it('names the component, also as the cause of another error', () => {
    const ended = new ComponentError('follower', 'ended by itself with exit code 3')
    for (const error of [ended, new Error('the run failed', { cause: ended })])
      expect(endFailureOf(error, 'boot')).toMatchObject({ component: 'follower', step: 'boot' })
  })

  it('takes both sides of an assertion', () => {
    expect(of(() => assertion('orphaned').toBe('replaced'))).toMatchObject({
      expected: 'replaced',
      found: 'orphaned',
      step: 'a step',
    })
    expect(of(() => assertion(true, 'same pid').toBe(false))?.what).toContain('same pid')
  })

  it.each([[new Error('')], ['text'], [undefined]])('has words for %o', (thrown) => {
    const { what, expected, found } = endFailureOf(thrown, null)
    expect(typeof what).toBe('string')
    expect(expected.length).toBeGreaterThan(0)
    expect(found.length).toBeGreaterThan(0)
  })
})
