import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { artefactsOf, artefactUrl } from '../report/run-artefacts.ts'
import { elementsOf, safeText } from '../report/testing/xml-elements.ts'
import { patternOf, seedsOf, shardOf, worldNote } from './accept-arguments.ts'
import { acceptJunit } from './accept-junit.ts'
import { type AcceptResult, acceptJson, acceptText } from './accept-report.ts'
import { githubAnnotations, githubSummary, tellGithub } from './github.ts'
import { outcomeTable } from './outcome-table.ts'
import { lastFailed, mergeResults, readResults, writeLastResults } from './results.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'
import { settle } from './settled.ts'

let directory: string
let before: string | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lockstep-outputs-'))
  before = process.env['LOCKSTEP_DIRECTORY']
  process.env['LOCKSTEP_DIRECTORY'] = directory
})
afterEach(() => {
  if (before === undefined) delete process.env['LOCKSTEP_DIRECTORY']
  else process.env['LOCKSTEP_DIRECTORY'] = before
  rmSync(directory, { recursive: true, force: true })
})

const ended = (
  name: string,
  outcome: ScenarioOutcome['outcome'],
  change: Partial<ScenarioOutcome> = {},
): ScenarioOutcome => ({
  ...{ name, outcome, file: `scenarios/${name.slice(0, 1)}/${name}.test.ts`, round: 1, attempt: 1 },
  ...{ durationMs: 1_500, runDirectory: `/home/me/.lockstep/runs/${name}`, failure: null, clients: {} },
  errors: outcome === 'failed' ? [`${name} stalled: 100% | "x"\n\nat scenarios/${name}.test.ts:12:5`] : [],
  reached: ['follow case 1'],
  ...change,
})
const result = (outcomes: readonly ScenarioOutcome[], change: Partial<AcceptResult> = {}): AcceptResult => ({
  ...{ outcomes: settle(outcomes), selected: [...new Set(outcomes.map(({ name }) => name))], rounds: 1 },
  ...{ ended: null, running: [], wallMs: 12_000, errors: [], ...change },
})

describe('settle', () => {
  it.each([
    { attempts: ['passed'], is: 'passed' },
    { attempts: ['failed', 'passed'], is: 'flaky' },
    { attempts: ['inconclusive', 'failed', 'passed'], is: 'flaky' },
    { attempts: ['failed', 'inconclusive'], is: 'inconclusive' },
    { attempts: ['failed', 'known'], is: 'known' },
  ] as const)('$attempts is $is', ({ attempts, is }) => {
    const outcomes = attempts.map((outcome, index) => ended('A', outcome, { attempt: index + 1 }))
    expect(settle(outcomes)).toMatchObject([
      { outcome: is, earlier: attempts.slice(0, -1).map((outcome) => ({ outcome })) },
    ])
  })

  it('keeps rounds apart: a failure in one and a pass in the next is no retry', () => {
    const outcomes = [ended('A', 'failed'), ended('A', 'passed', { round: 2 })]
    expect(settle(outcomes).map(({ outcome }) => outcome)).toEqual(['failed', 'passed'])
  })
})

describe('shards', () => {
  const all = [
    ended('C1', 'passed'),
    ended('A1', 'failed'),
    ended('B1', 'skipped', { reason: 'no' }),
    ended('A2', 'passed'),
  ]

  it('merged, from their JSON, give the table of one run', () => {
    const paths = [all.slice(0, 2), all.slice(2)].map((part, index) => {
      const path = join(directory, `shard-${index}.json`)
      writeFileSync(path, JSON.stringify(acceptJson(result(part), '/home/me')))
      return path
    })
    const merged = mergeResults(paths.map(readResults))
    const whole = result(all)
    expect(outcomeTable(merged)).toBe(outcomeTable(whole))
    expect(outcomeTable(merged)).toContain('✗ failed   A1  1.5 s\n✓ passed   A2  1.5 s')
    const place = { folder: '/home/me', environment: {} }
    expect(acceptJunit(merged, place)).toBe(acceptJunit(whole, place))
  })

  it('refuses the same scenario twice, and what is no result', () => {
    expect(() => mergeResults([result(all), result(all.slice(0, 1))])).toThrow('found C1 in two')
    writeFileSync(join(directory, 'x.json'), '{"passed":1}')
    expect(() => readResults(join(directory, 'x.json'))).toThrow('found something else')
    expect(() => readResults(join(directory, 'none.json'))).toThrow('found no file')
  })

  it.each(['0/2', '3/2', '1', '1/0', 'a/b', '1/101'])('refuses --shard %s', (text) => {
    expect(() => shardOf(text)).toThrow('--shard: expected I/N')
  })

  it('reads --shard and --grep', () => {
    expect(shardOf('2/3')).toEqual({ index: 2, of: 3 })
    expect(patternOf('^a').test('Abc')).toBe(true)
    expect(() => patternOf('(')).toThrow('--grep: expected a regular expression')
  })
})

describe('--last-failed', () => {
  it('names what did not pass, and what had no turn', () => {
    const outcomes = [
      ...[ended('A', 'passed'), ended('B', 'failed'), ended('C', 'inconclusive'), ended('K', 'known')],
      ...[ended('F', 'failed'), ended('F', 'passed', { attempt: 2 })],
    ]
    writeLastResults(result(outcomes, { ended: 'budget', selected: ['A', 'B', 'C', 'K', 'F', 'N'] }))
    expect(lastFailed()).toEqual(['B', 'C', 'F', 'N'])
  })

  it('says when there is nothing to run again', () => {
    expect(() => lastFailed()).toThrow('found no file')
    writeLastResults(result([ended('A', 'passed')]))
    expect(() => lastFailed()).toThrow('found none')
  })
})

describe('--seeds', () => {
  it.each([
    [{}, undefined, null],
    [{ seeds: '20' }, undefined, { first: 1, count: 20 }],
    [{ seeds: '20', seed: '7' }, 'sim', { first: 7, count: 20 }],
    [{ seed: '7' }, undefined, { first: 7, count: 1 }],
  ])('%j with --world %s', (args, world, expected) => expect(seedsOf(args, world)).toEqual(expected))

  it('says that they choose the world, unless somebody did', () => {
    expect(worldNote({ first: 3, count: 1 }, undefined)).toMatch(/^seed 3: in the simulated world/)
    expect(worldNote({ first: 3, count: 20 }, undefined)).toMatch(/^seeds 3 to 22: in the simulated world/)
    expect([worldNote({ first: 3, count: 1 }, 'sim'), worldNote(null, undefined)]).toEqual([null, null])
  })

  it.each(['live', 'both'])('is wrong with --world %s', (world) => {
    expect(() => seedsOf({ seeds: '2' }, world)).toThrow(`expected the simulated world`)
  })

  it.each(['0', '100001', 'many'])('is wrong with %s', (seeds) => {
    expect(() => seedsOf({ seeds }, undefined)).toThrow('--seeds: expected')
  })

  it('tells per scenario which seeds failed, in text and in JSON that is read again', () => {
    const seeds = { first: 1, count: 20, failed: [{ seed: '7', what: 'A stalled' }] }
    const failed = result([
      ended('A', 'failed', { seeds }),
      ended('B', 'passed', { seeds: { ...seeds, failed: [] } }),
    ])
    expect(acceptText(failed)).toContain(
      'A: 1 of 20 seeds failed: 7; again: npx lockstep accept A --world sim --seed 7',
    )
    expect(acceptText(failed)).toContain('B: all 20 seeds passed')
    const path = join(directory, 'seeds.json')
    writeFileSync(path, JSON.stringify(acceptJson(failed, '/')))
    expect(readResults(path).outcomes[0]?.seeds).toEqual(seeds)
  })
})

describe('JUnit', () => {
  const place = { folder: '/home/me', environment: {} }
  const outcomes = [
    ...[ended('A', 'failed'), ended('B', 'known', { reason: 'polls slowly' }), ended('C', 'passed')],
    ...[
      ended('F', 'failed'),
      ended('F', 'passed', { attempt: 2 }),
      ended('N', 'passed', { runDirectory: null }),
    ],
  ]

  it('has what failed, was flaky, known or lost', () => {
    const xml = acceptJunit(result(outcomes, { selected: ['A', 'B', 'C', 'F', 'L', 'N'] }), place)
    expect(xml).toContain('<testsuites name="lockstep accept" tests="6" failures="1" errors="1" skipped="1"')
    expect(xml).toContain('<failure message="A stalled: 100% | &quot;x&quot;">')
    expect(xml).toContain('<skipped message="polls slowly">')
    expect(xml).toContain('<flakyFailure message="F stalled')
    expect(xml).toContain('<error message="it ended without a result">')
  })

  it('names the run of each case, and has the report of one that did not pass attached', () => {
    const caseOf = (name: string, environment: Readonly<Record<string, string>> = {}) => {
      const xml = acceptJunit(result(outcomes), { ...place, environment })
      elementsOf(xml)
      return new RegExp(`<testcase[^>]* name="${name}".*?</testcase>`, 's').exec(xml)?.[0] ?? ''
    }
    expect(elementsOf(caseOf('A').replace(/^/, '<?xml ?>'))).toEqual([
      ...['?xml', 'testcase', 'properties', 'property', 'property', 'property', 'failure', 'system-out'],
    ])
    expect(caseOf('A')).toContain('<property name="report" value=".lockstep/runs/A/report.html"/>')
    expect(caseOf('A')).toContain('<property name="events" value=".lockstep/runs/A/timeline.ndjson"/>')
    expect(caseOf('A')).toContain('<system-out>[[ATTACHMENT|.lockstep/runs/A/report.html]]</system-out>')
    // What went wrong before it passed.
    expect(caseOf('F')).toContain('[[ATTACHMENT|.lockstep/runs/F/report.html]]')
    expect(caseOf('C')).toContain('<property name="run" value=".lockstep/runs/C"/>')
    expect(caseOf('C')).not.toContain('report.html')
    expect(acceptJunit(result(outcomes), place)).toMatch(/name="N" time="1.500"\/>/)
    const gitlab = { GITLAB_CI: 'true', CI_JOB_URL: 'https://gitlab.example/x/-/jobs/7' }
    expect(caseOf('A', gitlab)).toContain(
      'name="report-url" value="https://gitlab.example/x/-/jobs/7/artifacts/file/.lockstep/runs/A/report.html"',
    )
  })

  it('is well formed, whatever a scenario, a client or a failure is called', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', '\u0000', ']]>', ']]\n[[ATTACHMENT|/etc/passwd]]', '&lt;', '"', "'>"),
    )
    fc.assert(
      fc.property(text, text, text, (name, kind, error) => {
        const hostile = ended('A', 'failed', {
          ...{ name, errors: [error], clients: { follower: kind }, runDirectory: `/home/me/${name}` },
        })
        const xml = acceptJunit(result([hostile]), place)
        expect(xml).toMatch(safeText)
        elementsOf(xml)
        expect(xml.match(/\[\[ATTACHMENT/g)?.length).toBeLessThanOrEqual(
          1 + (`${name}${kind}${error}`.match(/\[\[ATTACHMENT/g)?.length ?? 0) * 9,
        )
      }),
    )
  })
})

describe('where an artefact can be looked at', () => {
  it.each([
    [{}, null],
    [{ LOCKSTEP_ARTEFACTS_URL: 'https://ci.example/7/' }, 'https://ci.example/7/a%20b/report.html'],
    [{ CI_JOB_URL: 'https://gitlab.example/j/7' }, null],
    [
      { GITLAB_CI: 'true', CI_JOB_URL: 'https://gitlab.example/j/7' },
      'https://gitlab.example/j/7/artifacts/file/a%20b/report.html',
    ],
    [
      { JENKINS_URL: 'https://j.example/', BUILD_URL: 'https://j.example/job/x/7/' },
      'https://j.example/job/x/7/artifact/a%20b/report.html',
    ],
    [
      { GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r', GITHUB_RUN_ID: '7' },
      'https://github.com/o/r/actions/runs/7#artifacts',
    ],
  ])('%j: %s', (environment, url) => {
    expect(artefactUrl('a b/report.html', environment)).toBe(url)
  })

  it('promises no report that a killed scenario had no time to write', () => {
    const killed = join(directory, 'killed')
    mkdirSync(killed)
    expect(artefactsOf(killed, false, directory)).toEqual({
      ...{ directory: 'killed', timeline: 'killed/timeline.ndjson', report: null },
    })
    writeFileSync(join(killed, 'report.html'), '')
    expect(artefactsOf(killed, false, directory)?.report).toBe('killed/report.html')
  })
})

describe('GitHub', () => {
  const outcomes = [
    ended('A', 'failed'),
    ended('P', 'passed'),
    ...[ended('F', 'failed'), ended('F', 'passed', { attempt: 2 })],
  ]

  it('annotates the line of a failure, and warns of a flake', () => {
    expect(githubAnnotations(result(outcomes, { errors: ['a\nb'] }))).toEqual([
      '::error file=scenarios/A.test.ts,line=12,title=A%3A failed::A stalled: 100%25 | "x"%0A%0Aat scenarios/A.test.ts:12:5',
      expect.stringMatching(/^::warning file=scenarios\/F\.test\.ts,line=12,title=F%3A flaky::F stalled/),
      '::error title=lockstep::a%0Ab',
    ])
  })

  it('writes a table, and the whole message of a failure', () => {
    const hostile = ended('A', 'failed', { errors: ['````\n# no heading'] })
    const summary = githubSummary(result([hostile, ...outcomes.slice(1)]), {
      folder: '/home/me',
      environment: {},
    })
    expect(summary).toContain('1 passed, 1 flaky, 1 failed')
    expect(summary).toContain('| ✗ failed | A | 1.5 s | follow case 1 | `.lockstep/runs/A/report.html` |')
    expect(summary).toContain('| ✓ passed | P | 1.5 s | follow case 1 | `.lockstep/runs/P` |')
    expect(summary).toContain('| ! flaky | F | 1.5 s, attempt 2 |')
    expect(summary).toContain('`````text\n````\n# no heading\n`````')
  })

  it('tells it only there', () => {
    const summaryPath = join(directory, 'summary.md')
    const written: string[] = []
    tellGithub(result(outcomes), (text) => void written.push(text), { GITHUB_STEP_SUMMARY: summaryPath })
    expect(written).toEqual([])
    const environment = {
      ...{ GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summaryPath, GITHUB_RUN_ID: '7' },
      ...{ GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'o/r' },
    }
    tellGithub(result(outcomes), (text) => void written.push(text), environment)
    expect(written).toHaveLength(2)
    const summary = readFileSync(summaryPath, 'utf8')
    expect(summary).toContain('| verdict | scenario |')
    expect(summary).toMatch(
      /\| \[report\]\(https:\/\/github.com\/o\/r\/actions\/runs\/7#artifacts\) `.*A\/report.html` \|/,
    )
  })
})
