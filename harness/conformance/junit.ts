import { stripVTControlCharacters } from 'node:util'
import type { ClaimVerdict } from './verdict.ts'

/**
 * The verdicts as JUnit XML, as CI systems read it: one suite per role, one case per claim. A claim that nothing can be said
 * of is an error, a known deviation is skipped with its link.
 */
export function junitOf(name: string, verdicts: readonly ClaimVerdict[]): string {
  const suites = Map.groupBy(verdicts, ({ claim }) => claim.role)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...totals(verdicts) })}>`,
    ...[...suites].flatMap(([role, cases]) => [
      `  <testsuite${attributes({ name: `${name} as ${role}`, ...totals(cases) })}>`,
      ...cases.flatMap(testcase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

function testcase(verdict: ClaimVerdict): readonly string[] {
  const { claim, why, expected, found, step, control, evidence, link, durationMs } = verdict
  const head = attributes({
    classname: claim.role,
    name: `${claim.id}: ${claim.sentence}`,
    time: (durationMs / 1000).toFixed(3),
  })
  const message = [why, link].filter((part) => part !== null).join(' ')
  const details = [
    ...Object.entries({ expected, found, step, control, evidence, reference: claim.reference }),
  ].flatMap(([field, value]) => (value === null ? [] : [`${field}: ${value}`]))
  const body = (tag: string) => [
    `    <testcase${head}>`,
    `      <${tag}${attributes({ message, ...(tag === 'skipped' ? {} : { type: claim.id }) })}>${escapeXml(details.join('\n'))}</${tag}>`,
    '    </testcase>',
  ]
  switch (verdict.verdict) {
    case 'pass':
      return [`    <testcase${head}/>`]
    case 'fail':
      return body('failure')
    case 'inconclusive':
      return body('error')
    default:
      return body('skipped')
  }
}

function totals(verdicts: readonly ClaimVerdict[]): Readonly<Record<string, string>> {
  const count = (...wanted: readonly ClaimVerdict['verdict'][]) =>
    String(verdicts.filter(({ verdict }) => wanted.includes(verdict)).length)
  return {
    tests: String(verdicts.length),
    failures: count('fail'),
    errors: count('inconclusive'),
    skipped: count('skipped', 'deviates'),
    time: (verdicts.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3),
  }
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => ` ${key}="${escapeXml(value).replaceAll('\n', '&#10;')}"`)
    .join('')
}

/** Text for XML 1.0, which has no way to write most control characters and no half of a surrogate pair. */
export function escapeXml(text: string): string {
  return (
    stripVTControlCharacters(text)
      .toWellFormed()
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML 1.0 forbids ("Char" production).
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '\ufffd')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
  )
}
