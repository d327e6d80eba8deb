import { describe, expect, it } from 'vitest'
import type { Fact, HeadLevel, WorldEvent } from '../../events/event.ts'
import { recordedRun } from '../../report/testing/recorded-run.ts'
import { runOfOurs } from '../testing/recorded-runs.ts'
import { explainEvents } from './explain.ts'
import { explanationText } from './explanation-text.ts'

const zeroHash = `0x${'0'.repeat(64)}`
const hash = (number: number, fork: string) => `0x${fork}${number}`
/** Of two L2 blocks each; from `forkedAt` on those of another fork. */
const origin = (number: number, fork = 'a') => ({ number: number >> 1, hash: hash(number >> 1, fork) })
const head = (node: string, level: HeadLevel, number: number, fork = 'a'): Fact => ({
  ...{ kind: 'head', node, level, block: { number, hash: hash(number, `${fork}2`) } },
  origin: origin(number, fork),
})
const run = (parameters: Record<string, unknown> = {}, topology = 'recording'): Fact => ({
  ...{ kind: 'run', version: 2, runId: 'x', scenario: 'x', topology, runnerPid: 0, startedAt: '' },
  parameters: { l1BlockTime: 2, l2BlockTime: 1, follows: { follower: 'reference' }, ...parameters },
})
const at = (facts: readonly (readonly [seconds: number, fact: Fact])[]): readonly WorldEvent[] =>
  facts
    .toSorted(([a], [b]) => a - b)
    .map(([seconds, fact], seq): WorldEvent => ({ seq, t: 1e12 + seconds * 1_000, ...fact }))

/** Both nodes with an unsafe head that rises each second, a safe head two blocks below, finalized 16 below that. */
function growing(to: number, { finalized = true, except = new Set<string>() } = {}) {
  const facts: [number, Fact][] = []
  for (let second = 1; second <= to; second++)
    for (const node of ['reference', 'follower']) {
      if (second % 2 === 0 && node === 'reference')
        facts.push([second, { kind: 'l1-block', block: origin(second), timestamp: second, fork: 0 }])
      facts.push([second, head(node, 'unsafe', second)])
      if (except.has(node)) continue
      facts.push([second, head(node, 'localSafe', Math.max(0, second - 2))])
      facts.push([second, head(node, 'finalized', finalized ? Math.max(0, second - 18) : 0)])
    }
  return facts
}

describe('an L1 reorg that everybody follows', () => {
  const reorgs = runOfOurs('reorg-below-finalized')
  const deep = reorgs.findLast(({ kind }) => kind === 'l1-reorg')!

  it('is all that happened, in a run of ours', () => {
    const explanation = explainEvents(reorgs.filter(({ t }) => t < deep.t - 1_000))
    const text = explanationText(explanation)
    expect([explanation.class?.name, explanation.also], text).toEqual(['l1-reorg', []])
    expect(text).toMatch(/every node stood on the new chain again after \d\.\d s/)
    expect(explanation.findings).toEqual([])
  })

  it('takes a node that tells zeros while it resets back to its finalized head, as both followers of it', () => {
    const orphaned = [12, 13, 14, 15].map((number) => ({ number, hash: hash(number, 'a') }))
    const replaced = orphaned.map(({ number }) => ({ number, hash: hash(number, 'b') }))
    const before = growing(32)
    const zero = (level: HeadLevel): Fact => ({
      ...{ kind: 'head', node: 'reference', level, block: { number: 0, hash: zeroHash } },
    })
    const nodes = ['reference', 'follower', 'sequencer']
    const cursor = (node: string, number: number, fork: string): Fact => ({
      ...{ kind: 'head', node, level: 'currentL1', block: { number, hash: hash(number, fork) } },
    })
    const facts: [number, Fact][] = [
      [0, run({ follows: { follower: 'reference', sequencer: 'reference' } })],
      ...before,
      [32, head('sequencer', 'localSafe', 30)],
      ...nodes.map((node): [number, Fact] => [32, cursor(node, 15, 'a')]),
      ...replaced.map((block): [number, Fact] => [32.4, { kind: 'l1-block', block, timestamp: 0, fork: 1 }]),
      [32.5, { kind: 'l1-reorg', orphaned, replaced }],
      ...(['localSafe', 'finalized', 'currentL1'] as const).map((level): [number, Fact] => [33, zero(level)]),
      ...nodes.flatMap((node): [number, Fact][] => [
        [33.5, head(node, 'finalized', 14)],
        [33.5, head(node, 'localSafe', 16)],
        [33.5, cursor(node, 8, 'a')],
        [35, cursor(node, 15, 'b')],
        [35, head(node, 'unsafe', 34, 'b')],
        [36, head(node, 'localSafe', 31, 'b')],
      ]),
    ]
    const explanation = explainEvents(at(facts))
    expect([explanation.class?.name, explanation.also], explanationText(explanation)).toEqual([
      'l1-reorg',
      [],
    ])
  })
})

describe('a run of ours', () => {
  it('that fails names what failed, and the fault that stood there and hit, with a hint and without', () => {
    for (const options of [{}, { node: 'follower' }]) {
      const explanation = explainEvents(runOfOurs('source-stalls'), options)
      const text = explanationText(explanation)
      expect([explanation.class?.name, explanation.also], text).toEqual(['fault-of-the-run', []])
      expect(text.split('\n')[0]).toMatch(/^Source_Stalls failed, at .* follower: localSafe reaches 45/)
      expect(text).toMatch(/stalls stood on follower→reference for \d+ s, until the end, and hit \d+ times/)
      expect(text).not.toContain('finalized stands still')
    }
  })

  it('says that the follower was left behind where no fault is known', () => {
    const events = runOfOurs('source-stalls').filter(({ kind }) => kind !== 'fault')
    const explanation = explainEvents(events)
    const text = explanationText(explanation)
    expect(explanation.class?.name, text).toBe('follower-left-behind')
    expect(text).toContain('reference was at local-safe 64, and told follower 16')
    expect(text).not.toContain('finality-stall')
  })

  it('does not name a fault that was removed before what failed', () => {
    const events = runOfOurs('source-stalls')
    const wait = events.findLast((event) => event.kind === 'wait' && event.action === 'start')!
    const early = events.map((event) =>
      event.kind === 'fault' ? { ...event, t: Math.min(event.t, wait.t - 2_000) } : event,
    )
    const removed: WorldEvent = {
      ...{ seq: 0, t: wait.t - 1_000, kind: 'fault', id: 1, point: 'follower→reference' },
      ...{ fault: 'stalls', action: 'remove' },
    }
    const id = events.find((event) => event.kind === 'fault')
    const all = [...early, { ...removed, id: id?.kind === 'fault' ? id.id : 0 }].toSorted((a, b) => a.t - b.t)
    expect(explainEvents(all).class?.name).not.toBe('fault-of-the-run')
  })

  it('names the process that ended, its last error, and the reorg below finalized', () => {
    const explanation = explainEvents(runOfOurs('reorg-below-finalized'))
    const text = explanationText(explanation)
    expect([explanation.class?.name, explanation.also], text).toEqual(['l1-reorg-below-finalized', []])
    expect(text).toMatch(/\+ reference ended by itself: .*the finalized L2 block 132:.* was reorged/)
    expect(text).toMatch(/\+ the last error of reference: the node ended by an error/)
    expect(text).not.toContain('finalized-advances')
  })

  it('does not call a reorg below finalized what replaced the block that L1 had finalized, and nothing that L2 had', () => {
    const orphaned = [12, 13, 14, 15, 16].map((number) => ({ number, hash: hash(number, 'a') }))
    const said = (...more: [number, Fact][]) =>
      explainEvents(
        at([
          [0, run()],
          ...growing(32),
          [32.1, { kind: 'l1-labels', safe: 14, finalized: 12 }],
          [32.5, { kind: 'l1-reorg', orphaned, replaced: [] }],
          ...more,
        ]),
      ).class?.name
    expect(said()).not.toBe('l1-reorg-below-finalized')
    // One that ended could not go on.
    const exit: Fact = { kind: 'component', component: 'follower', action: 'exit', reason: 'exit code 1' }
    expect(said([33, exit])).toBe('l1-reorg-below-finalized')
  })

  it('names a process that ended where L1 did nothing, and none that was stopped', () => {
    const ended = (...actions: ('stop' | 'kill' | 'exit')[]) =>
      explainEvents(
        at([
          [0, run({}, 'twoVerifiersFollowing')],
          ...growing(40),
          ...actions.map((action, index): [number, Fact] => [
            41 + index,
            {
              kind: 'component',
              component: 'follower',
              action,
              ...(action === 'exit' ? { reason: 'exit code 1' } : {}),
            },
          ]),
        ]),
      ).class?.name
    expect(ended('exit')).toBe('node-ended')
    expect(ended('stop', 'exit')).toBeUndefined()
    expect(ended('kill', 'exit')).toBeUndefined()
  })

  it('takes a poll that a busy machine did not answer for no restart', () => {
    const silent: [number, Fact][] = [
      [
        20,
        {
          kind: 'source',
          follower: 'follower',
          source: 'reference',
          outcome: 'unreachable',
          durationMs: 3_000,
        },
      ],
      [23, head('reference', 'unsafe', 23)],
    ]
    const told = { number: 21, hash: hash(21, 'a2'), origin: origin(21) }
    const answer: Fact = {
      ...{ kind: 'source', follower: 'follower', source: 'reference', outcome: 'ok', durationMs: 1 },
      heads: { unsafe: told, localSafe: told, crossSafe: told, finalized: told, currentL1: origin(21) },
    }
    const start: Fact = { kind: 'component', component: 'reference', action: 'start' }
    const events = (more: [number, Fact][] = []) =>
      at([[0, run({}, 'x')], [0.5, start], ...growing(40), ...silent, [19, answer], [23, answer], ...more])
    const restarted = ({ classes }: ReturnType<typeof explainEvents>) =>
      classes.some(({ name, score }) => name === 'source-restarted' && score > 0)
    expect(restarted(explainEvents(events()))).toBe(false)
    const stopped: Fact = { kind: 'component', component: 'reference', action: 'stop' }
    expect(restarted(explainEvents(events([[19.5, stopped]])))).toBe(true)
  })
})

it('says since when a follower is left behind at genesis: since its source is not there any more, and not since the boot', () => {
  const events = recordedRun('three-faults')
  const moved = events.find(
    (event) =>
      event.kind === 'source' && event.follower === 'follower' && (event.heads?.finalized.number ?? 0) > 0,
  )
  const stands = explainEvents(events).findings.find(({ what }) =>
    what.startsWith('finalized stands still at 0:'),
  )
  expect(stands).toMatchObject({ rule: 'follower-keeps-up', node: 'follower', t: moved?.t })
})

describe('finalized that stands still', () => {
  const stands = (events: readonly WorldEvent[]) =>
    explainEvents(events).findings.some(({ rule }) => rule === 'finalized-advances')
  const distances = { l1SafeDistance: 4, l1FinalizedDistance: 60 }
  const never = growing(100, { finalized: false })

  it('is nothing before finality can be expected from the parameters of the chain', () => {
    expect(stands(at([[0, run(distances, 'x')], ...never]))).toBe(false)
    expect(stands(at([[0, run({ ...distances, l1FinalizedDistance: 4 }, 'x')], ...never]))).toBe(true)
  })
  it('is nothing in a recording in which it never moved', () =>
    expect(stands(at([[0, run()], ...never]))).toBe(false))
  it('is news when it had moved', () => {
    const stopped = growing(100).filter(
      ([second, fact]) => second < 40 || fact.kind !== 'head' || fact.level !== 'finalized',
    )
    expect(stands(at([[0, run()], ...stopped]))).toBe(true)
  })
})
