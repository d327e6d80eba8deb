import { describe, expect, it } from 'vitest'
import { type Fact, timelineVersion, type WorldEvent } from '../events/event.ts'
import { compareTraces } from './compare-traces.ts'
import { comparisonOf, comparisonText, tallyText } from './comparison.ts'
import { traceWorld } from './world-trace.ts'

const events = (facts: readonly Fact[]): WorldEvent[] => facts.map((fact, seq) => ({ ...fact, seq, t: seq }))
const l1 = (number: number, fork = 'a'): Fact => ({
  ...{ kind: 'l1-block', timestamp: 100 + 2 * number, fork: 0 },
  block: { number, hash: `l1-${number}${fork}` },
})
const safe = (number: number, origin: number, fork = 'a'): Fact => ({
  ...{ kind: 'head', node: 'reference', level: 'localSafe' },
  block: { number, hash: `l2-${number}${fork}` },
  origin: { number: origin, hash: `l1-${origin}${fork}` },
})
const reached = (one: string): Fact => ({ kind: 'reach', mark: `follow case ${one}`, node: 'follower' })
const booted: Fact = { kind: 'booted', durationMs: 3 }
const chain = [l1(1), l1(2), safe(1, 0), safe(2, 1), safe(3, 1), safe(4, 2)]
const verdicts = (live: readonly Fact[], sim: readonly Fact[]) =>
  Object.fromEntries(
    compareTraces(traceWorld(events(live)), traceWorld(events(sim))).map(({ what, verdict }) => [
      what,
      verdict,
    ]),
  )

describe('compareTraces', () => {
  it('agrees with the same, told in another order and as often as it is looked', () => {
    const live = [...chain, reached('3'), reached('3'), reached('4')]
    const sim = [reached('3'), reached('4'), reached('4'), ...chain, safe(4, 2)]
    expect(new Set(Object.values(verdicts(live, sim)))).toEqual(new Set(['agrees']))
  })

  it.each([
    ['explained', ['1', '3', '4'], ['3', '4', '1']],
    ['differs', ['1', '3', '4'], ['1', '3']],
    ['differs', ['4', '2a'], ['2a', '4']],
    ['explained', ['2a', '1', '2a', '3'], ['2a', '1']],
    ['differs', ['2a', '4', '2a'], ['2a', '4']],
  ])('%s: cases %j and %j', (expected, live, sim) => {
    const of = (cases: readonly string[]) => [...chain, ...cases.map(reached)]
    expect(verdicts(of(live), of(sim))['follow cases of follower']).toBe(expected)
  })

  it('takes an origin that is one block off for a matter of latency, and another for a difference', () => {
    const other = (origin: number) => [...chain.slice(0, -1), safe(4, origin)]
    expect(verdicts(chain, other(1))['L2 heads per L1 block']).toBe('explained')
    expect(verdicts(chain, other(0))['L2 heads per L1 block']).toBe('differs')
    expect(verdicts(chain, [])['L2 heads per L1 block']).toBe('differs')
  })

  it('takes origins of blocks that were built late for a matter of the machine', () => {
    // The events of `chain` are milliseconds after 1970, and so are the times of its blocks here.
    const run = (l2BlockTime: number): Fact => ({
      ...{
        kind: 'run',
        version: timelineVersion,
        runId: 'r',
        scenario: 's',
        topology: 't',
        clients: {},
        runnerPid: 1,
      },
      ...{ startedAt: new Date(0).toISOString(), parameters: { l2BlockTime } },
    })
    const other = [...chain.slice(0, -1), safe(4, 0)]
    const of = (l2BlockTime: number) =>
      verdicts([run(l2BlockTime), ...chain], [run(l2BlockTime), ...other])['L2 heads per L1 block']
    expect(of(0.0005)).toBe('explained')
    expect(of(2)).toBe('differs')
  })

  it('lets hashes differ only from where L1 does', () => {
    const from = (number: number, fork: string) => [l1(1), l1(2, fork), ...chain.slice(2, number + 1)]
    expect(verdicts(chain, [...from(4, 'b'), safe(4, 2, 'b')])['hashes']).toBe('explained')
    expect(verdicts(chain, [...from(3, 'b'), safe(3, 1, 'b'), safe(4, 2, 'b')])['hashes']).toBe('differs')
    expect(verdicts(chain, [...from(4, 'a'), safe(4, 2, 'b')])['hashes']).toBe('differs')
  })

  it('counts reorgs, and compares the chains that were left', () => {
    const reorg: Fact = { kind: 'l1-reorg', orphaned: [], replaced: [] }
    const reorged = [...chain.slice(0, -1), safe(4, 2, 'x'), safe(5, 2, 'x'), reorg, safe(4, 2)]
    expect(verdicts(chain, reorged)).toEqual({
      ...{ 'L1 reorgs': 'differs', 'L2 heads per L1 block': 'agrees', hashes: 'agrees' },
    })
    expect(traceWorld(events(reorged)).l2.has(5)).toBe(false)
  })

  it('knows when L1 had its first block, and when everything ran', () => {
    const told = traceWorld(events([{ kind: 'note', component: 'x', message: 'y' }, l1(1), l1(2), booted]))
    expect(told).toMatchObject({ startMs: 1, bootedMs: 3 })
  })
})

describe('a comparison', () => {
  const finding = (verdict: 'agrees' | 'explained' | 'differs') => ({
    what: 'hashes',
    verdict,
    found: 'some',
  })

  it.each([
    ['agrees', ['agrees', 'agrees']],
    ['explained', ['agrees', 'explained']],
    ['differs', ['differs', 'explained', 'agrees']],
    ['failed', []],
  ] as const)('%s: %j', (expected, verdicts) => {
    expect(comparisonOf('One', verdicts.map(finding)).verdict).toBe(expected)
  })

  it('is told with what was found, and counted by scenario', () => {
    const one = comparisonOf('One', [finding('agrees'), finding('explained')])
    const none = comparisonOf('Another', [])
    expect(comparisonText(one)).toBe('One\n  ✓ hashes: some\n  ~ hashes: some\n')
    expect(comparisonText(none)).toContain('✗ expected something to compare')
    expect(tallyText([one, one, none])).toBe(
      'One      0 agrees, 2 explained, 0 differs, 0 failed\nAnother  0 agrees, 0 explained, 0 differs, 1 failed\n',
    )
  })
})
