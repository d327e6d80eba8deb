import { expect as assertion, describe, expect, it } from 'vitest'
import { twoVerifiersFollowing as topology } from '../topologies.ts'
import { ComponentError } from '../world/component-error.ts'
import { tellAssertion } from './assertion.ts'
import { ScenarioFailure, ScenarioInconclusive } from './failure.ts'
import { describeScenario, endOfFailure } from './scenario-record.ts'

describe('describeScenario', () => {
  it('knows claim, tags, and the slots of the topology', () => {
    expect(describeScenario('S', { topology, claim: 'It works.', tags: ['l1-reorg'] }, 5)).toEqual({
      claim: 'It works.',
      tags: ['l1-reorg'],
      topology: 'twoVerifiersFollowing',
      slots: { sequencer: 'sequencer', reference: 'reference', follower: 'follower' },
      engines: ['sequencer-el', 'reference-el', 'follower-el'],
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

describe('endOfFailure', () => {
  const nothing = { directory: null, clients: {} }
  const setting = { state: 's', reproduce: 'r', artefacts: 'a' }

  it('keeps the words of a failure of the DSL', () => {
    const facts = {
      kind: 'stalled',
      what: 'w',
      expected: 'e',
      found: 'f',
      steps: ['outer', 'inner'],
    } as const
    expect(
      endOfFailure(new ScenarioFailure({ ...facts, ...setting }), {
        directory: '/run',
        clients: { a: 'op-node' },
      }),
    ).toEqual({
      outcome: 'failed',
      directory: '/run',
      clients: { a: 'op-node' },
      failure: { what: 'w', expected: 'e', found: 'f', step: 'inner', component: null },
    })
  })

  it('calls what was not reached inconclusive', () => {
    const error = new ScenarioInconclusive(['the fault did not hit'], setting)
    expect(endOfFailure(error, nothing)).toMatchObject({
      outcome: 'inconclusive',
      failure: { found: 'the fault did not hit' },
    })
  })

  it('names the component, also as the cause of another error', () => {
    const ended = new ComponentError('follower', 'ended by itself with exit code 3')
    for (const error of [ended, new Error('the run failed', { cause: ended })])
      expect(endOfFailure(error, nothing).failure).toMatchObject({ component: 'follower' })
  })

  it('takes both sides of an assertion, and its step', () => {
    let thrown: unknown
    try {
      assertion('orphaned', 'the block').toBe('replaced')
    } catch (error) {
      thrown = error
    }
    if (thrown instanceof Error) tellAssertion(thrown, 'reorg L1')
    expect(endOfFailure(thrown, nothing).failure).toMatchObject({
      expected: 'replaced',
      found: 'orphaned',
      step: 'reorg L1',
    })
  })

  it.each([[new Error('')], ['text'], [undefined]])('has words for %o', (thrown) => {
    const { failure } = endOfFailure(thrown, nothing)
    expect(failure?.expected.length).toBeGreaterThan(0)
    expect(failure?.found.length).toBeGreaterThan(0)
  })
})
