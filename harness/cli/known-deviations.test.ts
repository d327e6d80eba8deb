import { describe, expect, it } from 'vitest'
import { knownDeviations } from './known-deviations.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'

const entry = (name: string): CatalogueEntry => ({
  ...{ name, file: `scenarios/${name}.test.ts`, claim: null, tags: [], topology: 't', limitMs: 1 },
  slots: { sequencer: 'sequencer', reference: 'reference', follower: 'follower' },
  engines: [],
})
const recovery = 'FollowL2_ReorgRecovery'
const outcome = (
  state: ScenarioOutcome['outcome'],
  clients: Readonly<Record<string, string>>,
  name = recovery,
): ScenarioOutcome => ({
  ...{ name, clients, outcome: state, file: 'f', round: 1, attempt: 1, durationMs: 1 },
  ...{ runDirectory: null, failure: null, errors: ['e'], reached: [] },
})
const explain = await knownDeviations([entry(recovery), entry('FollowL2_WithoutCLP2P')])

describe('what is known of clients', () => {
  it('makes a failure known in the role and the scenario that it is known of', () => {
    expect(explain(outcome('failed', { sequencer: 'kona-node', follower: 'lockstep-node' }))).toMatchObject({
      outcome: 'known',
      reason: expect.stringMatching(/^sequencer is kona-node: .+ \(https?:.+\)$/),
    })
  })

  it.each<[string, ScenarioOutcome]>([
    ['another role', outcome('failed', { follower: 'kona-node' })],
    ['another scenario', outcome('failed', { sequencer: 'kona-node' }, 'FollowL2_WithoutCLP2P')],
    ['our own node', outcome('failed', { sequencer: 'lockstep-node' })],
    ['a devstack that never was', outcome('failed', {})],
    ['an inconclusive run', outcome('inconclusive', { sequencer: 'kona-node' })],
  ])('says nothing of %s', (_, given) => {
    expect(explain(given)).toBe(given)
  })

  it('says of a pass what the client was not held to', () => {
    expect(explain(outcome('passed', { follower: 'kona-node' }))).toMatchObject({
      outcome: 'passed',
      reason: expect.stringContaining('follower is kona-node, not held to current-l1-from-source (https:'),
    })
  })

  it('makes a pass news', () => {
    expect(explain(outcome('passed', { sequencer: 'kona-node' }))).toMatchObject({
      outcome: 'passed',
      news: expect.stringContaining('although sequencer is kona-node'),
    })
  })
})
