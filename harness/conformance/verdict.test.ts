import { describe, expect, it } from 'vitest'
import type { ScenarioOutcome } from '../cli/scenario-outcome.ts'
import { claims } from './claims.ts'
import { countVerdicts, type JudgeOptions, judge } from './verdict.ts'

const claim = claims[0]!
const outcome = (change: Partial<ScenarioOutcome> = {}): ScenarioOutcome => ({
  ...{
    name: claim.scenario,
    file: 'scenarios/a.test.ts',
    round: 1,
    attempt: 1,
    outcome: 'passed',
    durationMs: 20_000,
  },
  ...{ runDirectory: '/runs/a', failure: null, errors: [], reached: [] },
  clients: { sequencer: 'lockstep-node', follower: 'program' },
  ...change,
})
const failure = { what: 'it stalled', expected: 'e', found: 'f', step: 's', component: null }
const failed = (change: Partial<ScenarioOutcome> = {}) => outcome({ outcome: 'failed', failure, ...change })
const deviation = { what: 'polls slowly', link: 'https://example.org/1' }
const options = (change: Partial<JudgeOptions> = {}): JudgeOptions => ({
  ...{ kind: 'program', slots: ['follower'], outcome: outcome(), control: undefined, deviation: null },
  ...change,
})

describe('judge', () => {
  it.each<{
    readonly what: string
    readonly given: Partial<JudgeOptions>
    readonly verdict: string
    readonly why: string | null
  }>([
    { what: 'a pass', given: {}, verdict: 'pass', why: null },
    {
      what: 'a pass of a client with a known deviation',
      given: { deviation },
      verdict: 'pass',
      why: 'news: it is known to deviate (polls slowly), and did not',
    },
    {
      what: 'a pass of another client: the false pass that must not be',
      given: { outcome: outcome({ clients: { sequencer: 'lockstep-node', follower: 'lockstep-node' } }) },
      verdict: 'inconclusive',
      why: 'no program stood in the slot: found sequencer=lockstep-node, follower=lockstep-node',
    },
    {
      what: 'a pass without a devstack',
      given: { outcome: outcome({ clients: {} }) },
      verdict: 'inconclusive',
      why: 'no program stood in the slot: found no devstack',
    },
    { what: 'a failure', given: { outcome: failed() }, verdict: 'fail', why: 'it stalled' },
    {
      what: 'a failure where our own node passes',
      given: { outcome: failed(), control: outcome() },
      verdict: 'fail',
      why: 'it stalled',
    },
    {
      what: 'a failure where our own node fails too',
      given: { outcome: failed(), control: failed() },
      verdict: 'inconclusive',
      why: 'our own node fails here too: it stalled',
    },
    {
      what: 'a known failure',
      given: { outcome: failed(), deviation },
      verdict: 'deviates',
      why: 'polls slowly',
    },
    {
      what: 'a known failure where our own node fails too: it is no deviation',
      given: { outcome: failed(), control: failed(), deviation },
      verdict: 'inconclusive',
      why: 'our own node fails here too: it stalled',
    },
    {
      what: 'somebody else ended where a failure is known',
      given: { outcome: failed({ failure: { ...failure, component: 'reference' } }), deviation },
      verdict: 'inconclusive',
      why: 'another component failed: it stalled',
    },
    {
      what: 'the client ended by itself',
      given: { outcome: failed({ failure: { ...failure, component: 'follower' } }) },
      verdict: 'fail',
      why: 'it stalled',
    },
    {
      what: 'the client ended by itself where another failure is known: that is not what is known',
      given: { outcome: failed({ failure: { ...failure, component: 'follower' } }), deviation },
      verdict: 'fail',
      why: 'it stalled',
    },
    {
      what: 'somebody else ended by itself',
      given: { outcome: failed({ failure: { ...failure, component: 'reference' } }) },
      verdict: 'inconclusive',
      why: 'another component failed: it stalled',
    },
    {
      what: 'the client did not start: there was no devstack',
      given: { outcome: failed({ clients: {}, failure: { ...failure, component: 'follower' } }) },
      verdict: 'fail',
      why: 'it stalled',
    },
    {
      what: 'a component of ours did not start: there was no devstack',
      given: { outcome: failed({ clients: {}, failure: { ...failure, component: 'host' } }) },
      verdict: 'inconclusive',
      why: 'another component failed: it stalled',
    },
    {
      what: 'a scenario that reached nothing',
      given: { outcome: failed({ outcome: 'inconclusive' }) },
      verdict: 'inconclusive',
      why: 'it stalled',
    },
    {
      what: 'a scenario that the runner ended',
      given: { outcome: failed({ failure: null, errors: ['Test timed out\nin 5 s'] }) },
      verdict: 'inconclusive',
      why: 'Test timed out',
    },
    {
      what: 'a skipped scenario',
      given: { outcome: outcome({ outcome: 'skipped', reason: 'it has no admin calls' }) },
      verdict: 'skipped',
      why: 'it has no admin calls',
    },
    {
      what: 'a scenario without an outcome',
      given: { outcome: undefined },
      verdict: 'inconclusive',
      why: 'its scenario did not run to an end',
    },
  ])('$what → $verdict', ({ given, verdict, why }) => {
    expect(judge(claim, options(given))).toMatchObject({ verdict, why })
  })

  it('keeps what was expected and found, where, and the evidence', () => {
    expect(judge(claim, options({ outcome: failed() }))).toMatchObject({
      ...{ expected: 'e', found: 'f', step: 's', evidence: '/runs/a', durationMs: 20_000, control: null },
    })
    expect(judge(claim, options({ outcome: failed(), control: outcome() })).control).toBe('passed')
  })
})

describe('countVerdicts', () => {
  it('counts each', () => {
    const verdicts = [{}, {}, { outcome: failed() }, { outcome: undefined }].map((given) =>
      judge(claim, options(given)),
    )
    expect(countVerdicts(verdicts)).toEqual({ pass: 2, fail: 1, inconclusive: 1, skipped: 0, deviates: 0 })
  })
})
