import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { escapeXml } from '../report/junit.ts'
import { elementsOf, safeText } from '../report/testing/xml-elements.ts'
import { claims } from './claims.ts'
import { junitOf } from './junit.ts'
import type { ClaimVerdict, Verdict } from './verdict.ts'

const verdictOf = (verdict: Verdict, change: Partial<ClaimVerdict> = {}): ClaimVerdict => ({
  ...{ claim: claims[0]!, verdict, why: null, expected: null, found: null, step: null },
  ...{ evidence: null, link: null, control: null, durationMs: 1_500, ...change },
})

describe('junitOf', () => {
  it('has a case per claim, a suite per role, and the counts', () => {
    const sequencer = claims.find(({ role }) => role === 'sequencer')!
    const xml = junitOf('my "node" & <co>', [
      verdictOf('pass'),
      verdictOf('fail', {
        why: 'stalled',
        expected: 'unsafe > 3',
        found: 'unsafe "2" & no more\n\u001b[31mred\u001b[0m',
      }),
      verdictOf('inconclusive', { why: 'the fault never hit' }),
      verdictOf('deviates', { why: 'polls slowly', link: 'https://example.org/?a=1&b=2' }),
      verdictOf('skipped', { why: 'no admin calls', claim: sequencer }),
    ])
    expect(elementsOf(xml)).toEqual([
      ...['?xml', 'testsuites', 'testsuite', 'testcase', 'testcase', 'failure', 'testcase', 'error'],
      ...['testcase', 'skipped', 'testsuite', 'testcase', 'skipped'],
    ])
    expect(xml).toContain(
      '<testsuites name="my &quot;node&quot; &amp; &lt;co&gt;" tests="5" failures="1" errors="1" skipped="2" time="7.500">',
    )
    expect(xml).toContain('expected: unsafe &gt; 3\nfound: unsafe &quot;2&quot; &amp; no more\nred\n')
    expect(xml).toContain('message="polls slowly https://example.org/?a=1&amp;b=2"')
  })

  it('attaches the report of a claim that does not hold', () => {
    const place = { folder: '/home/me', environment: {} }
    const evidence = '/home/me/.lockstep/runs/x'
    const xml = junitOf('node', [verdictOf('fail', { evidence }), verdictOf('pass', { evidence })], place)
    elementsOf(xml)
    expect(xml.match(/\[\[ATTACHMENT\|.lockstep\/runs\/x\/report.html\]\]/g)).toHaveLength(1)
    expect(xml.match(/<property name="run" value=".lockstep\/runs\/x"\/>/g)).toHaveLength(2)
  })

  it('is well formed whatever a failure holds', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', '\u0000', ']]>', '<!--', '&lt;', '\u001b[1m"', 'a\nb'),
    )
    fc.assert(
      fc.property(text, text, (why, found) => {
        const xml = junitOf(why, [verdictOf('fail', { why, found }), verdictOf('skipped', { why })])
        expect(xml).toMatch(safeText)
        elementsOf(xml)
      }),
    )
  })
})

describe('escapeXml', () => {
  it.each([
    ['a<b>&"c"', 'a&lt;b&gt;&amp;&quot;c&quot;'],
    ['\u0000\u0008', '\ufffd\ufffd'],
    ['\ud800x', '\ufffdx'],
    ['\u001b[31mred\u001b[39m', 'red'],
    ['tab\tand\nline', 'tab\tand\nline'],
  ])('%j', (text, escaped) => {
    expect(escapeXml(text)).toBe(escaped)
  })
})
