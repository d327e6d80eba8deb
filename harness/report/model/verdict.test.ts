import { describe, expect, it } from 'vitest'
import type { WorldEvent } from '../../events/event.ts'
import { packRun } from '../pack-run.ts'
import { renderReport } from '../render-report.ts'
import { readReport } from '../testing/read-report.ts'
import { type RecordedRun, recordedRun } from '../testing/recorded-run.ts'
import { differentClients } from './clients.ts'
import { filterMessages, noFilter } from './filter-messages.ts'
import { momentsOf } from './moments.ts'
import { indexEvents } from './run-index.ts'
import { stateAt } from './state-at.ts'
import { placeAt } from './track.ts'
import { verdictOf } from './verdict.ts'

/** The run as its report holds it: no folder, no source, no log beside it. */
const fromReport = (name: RecordedRun) =>
  readReport(renderReport({ viewer: { script: '', style: '' }, runs: [packRun(recordedRun(name))] }))

/** What a reader asks, answered from the report alone. */
describe('runs that were recorded', () => {
  it('an engine that hangs: says what broke, when, which message, and what the node knew', () => {
    const index = fromReport('engine-hangs')
    const verdict = verdictOf(index)
    expect(verdict).toMatchObject({
      outcome: 'failed',
      what: 'follower: unsafe reaches 17: no progress',
      expected: 'follower.unsafe ≥ 17',
      found: 'follower.unsafe is 14:0x50c6f1ba…',
      wait: 'follower: unsafe reaches 17',
      invariant: null,
      command: 'npx lockstep accept Engine_Hangs',
      seed: 'ca767c4102ffe020',
    })
    expect(Object.fromEntries(verdict.facts)).toMatchObject({
      step: 'the engine of the follower answers no forkchoice update',
    })
    // When: the cursor starts at the wait that failed, 33.2 s into the run.
    expect(Math.round(verdict.atMs - index.from)).toBe(33_202)
    // Which message: the first update that the engine did not answer.
    const bad = filterMessages(index.messages, { ...noFilter, badOnly: true, groups: ['engine'] })
    const unanswered = bad.find(
      ({ link, t }) => link.startsWith('follower→') && t > (index.faults[0]?.from ?? 0),
    )
    expect(unanswered).toMatchObject({ method: 'engine_forkchoiceUpdatedV3', outcome: 'unreachable' })
    // What the node knew: its source is far ahead, its own heads stand.
    const follower = stateAt(index, verdict.atMs).nodes.find(({ node }) => node === 'follower')
    expect(follower?.heads.get('unsafe')?.value.number).toBe(14)
    expect(follower?.heads.get('currentL1')?.value.number).toBe(7)
    expect(stateAt(index, verdict.atMs).faults.map(({ point }) => point)).toEqual([
      'follower→follower-el(engine)',
    ])
  })

  it('three faults at once: which stood when the follower stopped, and what its engine refused', () => {
    const index = fromReport('three-faults')
    const verdict = verdictOf(index)
    expect(verdict).toMatchObject({ outcome: 'failed', expected: 'follower.unsafe ≥ 21' })
    const state = stateAt(index, verdict.atMs)
    expect(state.faults.map(({ name }) => name)).toEqual([
      'slow(600 ms) to optimism_syncStatus',
      'lag(2 blocks)',
      'rpcError(-32000, busy), every 4',
    ])
    const begins = index.faults[2]?.from ?? 0
    const refused = filterMessages(index.messages, { ...noFilter, outcome: 'rpc_-32000' }).filter(
      ({ t, group }) => t >= begins && group === 'engine',
    )
    expect(new Set(refused.map(({ link }) => link))).toEqual(new Set(['follower→follower-el(engine)']))
    const follower = state.nodes.find(({ node }) => node === 'follower')
    // It was told of safe 34, and is at 3 itself.
    expect(follower?.told?.value.heads?.localSafe.number).toBe(34)
    expect(follower?.heads.get('localSafe')?.value.number).toBe(3)
  })

  it('a follower that believes a source on another L1 fork: the invariant, the status, and the update that followed', () => {
    const index = fromReport('another-l1-fork')
    const verdict = verdictOf(index)
    expect(verdict).toMatchObject({
      outcome: 'failed',
      what: 'invariant safe-from-source violated',
      invariant: 'safe-from-source on follower',
      // It was ended by the violation.
      wait: null,
      seed: '905aeb372b0278ec',
    })
    expect(verdict.found).toContain('makes 5:0x7a4466e2… safe')
    const state = stateAt(index, verdict.atMs)
    expect(state.faults.map(({ name }) => name)).toEqual(['lies.origin'])
    const follower = state.nodes.find(({ node }) => node === 'follower')
    // What it was told: a block with an origin that L1 never had. What it made of that: safe, in its engine.
    const told = follower?.told?.value.heads?.localSafe
    expect(told?.hash).toMatch(/^0x7a4466e2/)
    expect(index.l1.blocks.has(told?.origin.hash ?? '')).toBe(false)
    expect(follower?.update?.value.heads?.safe).toBe(told?.hash)
  })

  it('a pass of two clients: which is which, what is known of one, and which update it was', () => {
    const index = fromReport('two-clients')
    expect(differentClients(index)).toMatchObject({ reference: 'lockstep-node', follower: 'kona-node' })
    expect(differentClients(fromReport('engine-hangs'))).toBeNull()
    expect(verdictOf(index)).toMatchObject({ outcome: 'passed', invariant: null })
    expect(index.known.map(({ node, invariant }) => [node, invariant])).toEqual([
      ['follower', 'current-l1-from-source'],
      ['follower', 'heads-ordered'],
    ])
    const turns = momentsOf(index).map(({ text }) => text)
    expect(turns.find((text) => text.includes('heads-ordered'))).toContain(
      'known of follower: invariant heads-ordered violated: engine_forkchoiceUpdatedV3 names safe 11:0x2c22fdbb… above unsafe 10:0x98305955…',
    )
    // Which message: the last update before.
    const update = stateAt(index, index.known[1]?.t ?? 0).nodes.find(
      ({ node }) => node === 'follower',
    )?.update
    const number = (hash: string) => index.l2.blocks.get(hash)?.number
    const heads = update?.value.heads
    expect([number(heads?.safe ?? ''), number(heads?.unsafe ?? '')]).toEqual([11, 10])
  })

  it('a pass with an L1 reorg: the reorg is a turning point, nothing is violated', () => {
    const index = fromReport('reorg-recovery')
    const verdict = verdictOf(index)
    expect(verdict).toMatchObject({ outcome: 'passed', expected: null, found: null, wait: null })
    expect(momentsOf(index).map(({ text }) => text)).toContain('L1 reorg: 4 from block 1 replaced by 5')
    expect(momentsOf(index).some(({ kind }) => kind === 'bad')).toBe(false)
  })
})

describe('verdictOf', () => {
  it('says of a stream without an end during what it ended', () => {
    const events = recordedRun('engine-hangs').slice(0, -60)
    const verdict = verdictOf(indexEvents(events))
    expect(verdict.outcome).toBe('unfinished')
    expect(verdict.what).toContain('during “follower: unsafe reaches 17”')
    expect(verdictOf(indexEvents([])).outcome).toBe('unfinished')
  })

  it('takes what an invariant found, and the moment it was violated', () => {
    const events = recordedRun('reorg-recovery').slice(0, 700)
    const last = events.at(-1)
    const t = (last?.t ?? 0) + 5
    const index = indexEvents([
      ...events,
      {
        seq: 700,
        t,
        kind: 'invariant',
        invariant: 'heads-ordered',
        node: 'follower',
        outcome: 'violated',
        message: 'safe above unsafe',
      },
      { seq: 701, t: t + 900, kind: 'end', outcome: 'failed', durationMs: 1, message: 'x' },
    ])
    expect(verdictOf(index)).toMatchObject({
      ...{ invariant: 'heads-ordered on follower', found: 'safe above unsafe', atMs: t, what: 'x' },
    })
  })
})

describe('what fails because everything is stopped', () => {
  const t = 1_000
  const rpc = (seq: number, at: number, outcome: string) =>
    ({
      ...{ seq, t: at, kind: 'rpc', link: 'batcher→l1', methods: ['eth_getTransactionCount'] },
      ...{ outcome, durationMs: 5 },
    }) as WorldEvent
  const events: readonly WorldEvent[] = [
    { seq: 0, t, kind: 'wait', id: 1, what: 'follower: unsafe reaches 9', action: 'start' },
    rpc(1, t + 10, 'unreachable'),
    rpc(2, t + 90, 'ok'),
    { seq: 3, t: t + 90, kind: 'wait', id: 1, what: 'follower: unsafe reaches 9', action: 'fail' },
    { seq: 4, t: t + 90, kind: 'teardown' },
    rpc(5, t + 90, 'unreachable'),
    rpc(6, t + 180, 'unreachable'),
    { seq: 7, t: t + 180, kind: 'end', outcome: 'failed', durationMs: 180, message: 'x' },
  ]

  it('is not bad, in the report either, and the cursor stands on what was before', () => {
    const html = renderReport({ viewer: { script: '', style: '' }, runs: [packRun(events)] })
    for (const index of [indexEvents(events), readReport(html)]) {
      const bad = filterMessages(index.messages, { ...noFilter, groups: ['l1'], badOnly: true })
      expect(bad.map(({ seq }) => seq)).toEqual([1])
      // Reads of L1 are shown where they failed; these are none of them.
      expect(filterMessages(index.messages, noFilter).map(({ seq }) => seq)).toEqual([1])
      const { atMs } = verdictOf(index)
      expect(atMs).toBe(t + 90)
      expect(index.messages[placeAt(index.messages, atMs, index.teardown)]?.seq).toBe(2)
      expect(index.messages[placeAt(index.messages, t + 180, index.teardown)]?.seq).toBe(6)
    }
  })

  it('is where a scenario ended that no wait and no step failed', () => {
    const index = indexEvents(events.filter(({ kind }) => kind !== 'wait'))
    expect(verdictOf(index).atMs).toBe(t + 90)
  })
})

describe('the verdict of a replay of a recording', () => {
  it('speaks of the node, because nobody claimed anything', () => {
    const [first, ...rest] = recordedRun('reorg-recovery')
    const replayed = indexEvents([{ ...first!, topology: 'recording' } as typeof first & WorldEvent, ...rest])
    expect(verdictOf(replayed).what).toBe('The node broke no rule in this replay of a recording.')
    expect(verdictOf(indexEvents([first!, ...rest])).what).toBe(
      'Everything that the scenario claims was seen.',
    )
  })
})
