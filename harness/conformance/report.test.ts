import { describe, expect, it } from 'vitest'
import { claims } from './claims.ts'
import { type ReportOptions, reportJson, reportText } from './report.ts'
import type { ClaimVerdict, Verdict } from './verdict.ts'

const verdictOf = (what: string, verdict: Verdict, change: Partial<ClaimVerdict> = {}): ClaimVerdict => ({
  claim: claims.find(({ id }) => id === `follower.${what}`)!,
  ...{ verdict, why: null, expected: null, found: null, step: null, link: null, control: null },
  ...{ evidence: `/home/me/.lockstep/runs/${what}`, durationMs: 20_400, ...change },
})
const failed = verdictOf('leaves-orphaned-chain', 'fail', {
  why: 'follower: another block at height 9 than before',
  expected: 'another block at height 9',
  found: `${'the same block 0xabc, which has an orphaned origin '.repeat(4)}\n${'line\n'.repeat(20)}`,
  step: 'the reference has another block at that height',
  control: 'passed',
})
const report = (verdicts: readonly ClaimVerdict[], change: Partial<ReportOptions> = {}): ReportOptions => ({
  ...{
    name: 'mynode',
    role: 'follower',
    verdicts,
    waived: new Map(),
    directory: '/home/me',
    columns: 80,
    colour: false,
  },
  again: "npx lockstep conformance --cl-cmd 'mynode' --role follower",
  ...change,
})

describe('reportText', () => {
  const text = reportText(
    report([
      verdictOf('follows-source', 'pass'),
      failed,
      verdictOf('slow-source', 'deviates', {
        why: 'it fetches inside its loop',
        link: 'https://example.org/1',
      }),
      verdictOf('restart', 'skipped', { why: 'it has no datadir', evidence: null }),
      verdictOf('engine-pause', 'inconclusive', { why: 'the fault never hit' }),
    ]),
  )
  const lines = text.trimEnd().split('\n')

  it('never needs more than 80 columns', () => {
    expect(lines.filter((line) => line.length > 80)).toEqual([])
  })

  it('says of each claim what it came to, and of a failure everything', () => {
    expect(lines).toContain('pass     follower.follows-source')
    expect(lines).toContain('FAIL     follower.leaves-orphaned-chain')
    expect(lines).toContain('         expected  another block at height 9')
    expect(lines).toContain('         control   our own node passed the same scenario')
    expect(lines).toContain('         evidence  .lockstep/runs/leaves-orphaned-chain')
    // Not all of a long log.
    expect(text.match(/line/g)?.length).toBeLessThan(10)
  })

  it('ends with what an operator wants to know', () => {
    const summary = text.slice(text.lastIndexOf('mynode as follower:'))
    expect(summary.replaceAll(/\n +/g, ' ').trimEnd().split('\n')).toEqual([
      'mynode as follower: NOT CONFORMANT, 1 of 5 claims pass, 1 fail',
      'breaks   after an L1 reorg it serves an orphaned chain until somebody restarts it',
      'known    it fetches inside its loop (https://example.org/1)',
      'unknown  follower.engine-pause (the fault never hit); follower.restart (it has no datadir)',
      "go on    .lockstep/runs/leaves-orphaned-chain/timeline.ndjson; npx lockstep conformance --cl-cmd 'mynode' --role follower",
    ])
  })

  it('does not say that a client keeps what it was not held to', () => {
    const passed = report([verdictOf('follows-source', 'pass')], {
      waived: new Map([['heads-ordered', 'https://example.org/2']]),
    })
    expect(reportText(passed)).toContain('\nknown    not held to heads-ordered (https://example.org/2)\n')
    expect(reportJson(passed)).toMatchObject({
      notHeldTo: [{ invariant: 'heads-ordered', link: 'https://example.org/2' }],
    })
  })

  it.each([
    { verdicts: [verdictOf('follows-source', 'pass')], said: 'CONFORMANT, 1 of 1' },
    { verdicts: [verdictOf('follows-source', 'deviates')], said: 'NOT PROVEN, 0 of 1' },
    { verdicts: [verdictOf('follows-source', 'inconclusive')], said: 'NOT PROVEN, 0 of 1' },
    { verdicts: [verdictOf('follows-source', 'pass'), failed], said: 'NOT CONFORMANT, 1 of 2' },
  ])('$said', ({ verdicts, said }) => {
    expect(reportText(report(verdicts))).toContain(`mynode as follower: ${said}`)
  })

  it('has colour only where it is wanted', () => {
    expect(reportText(report([failed], { colour: true }))).toContain('\u001b[31mFAIL')
    expect(text).not.toContain('\u001b')
  })
})

describe('reportJson', () => {
  it('has the counts and each claim with its evidence', () => {
    expect(reportJson(report([verdictOf('follows-source', 'pass'), failed]))).toMatchObject({
      ...{ client: 'mynode', role: 'follower', pass: 1, fail: 1, deviates: 0 },
      claims: [
        { id: 'follower.follows-source', verdict: 'pass', evidence: '.lockstep/runs/follows-source' },
        { id: 'follower.leaves-orphaned-chain', verdict: 'fail', scenario: 'FollowL2_ReorgRecovery' },
      ],
    })
  })
})
