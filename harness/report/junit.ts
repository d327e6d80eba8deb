import { stripVTControlCharacters } from 'node:util'

/** A case as CI systems know it. */
export interface JunitCase {
  readonly classname: string
  readonly name: string
  readonly durationMs: number
  /** `error`: nothing can be said of it. `flaky`: it passed, after attempts that did not. */
  readonly outcome: 'passed' | 'failure' | 'error' | 'skipped' | 'flaky'
  readonly message?: string
  /** A word by which failures are told apart. */
  readonly type?: string
  /** Whole text; of a flaky case, of its first attempt. */
  readonly details?: string
  /** Facts that a program may look for by name. */
  readonly properties?: Readonly<Record<string, string>>
  /** Files that belong to it, as paths from the root of the job: GitLab and Jenkins link them. */
  readonly attachments?: readonly string[]
}

export interface JunitSuite {
  readonly name: string
  readonly cases: readonly JunitCase[]
}

/** JUnit XML. A flaky case has a `flakyFailure`, as Maven's Surefire writes it: who does not know that sees a pass. */
export function junitXml(name: string, suites: readonly JunitSuite[]): string {
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name, ...totals(suites.flatMap(({ cases }) => cases)) })}>`,
    ...suites.flatMap((suite) => [
      `  <testsuite${attributes({ name: suite.name, ...totals(suite.cases) })}>`,
      ...suite.cases.flatMap(testcase),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n')
}

const tags = { failure: 'failure', error: 'error', skipped: 'skipped', flaky: 'flakyFailure' } as const

function testcase(one: JunitCase): readonly string[] {
  const { classname, name, durationMs } = one
  const head = attributes({ classname, name, time: (durationMs / 1000).toFixed(3) })
  const inside = [...propertiesOf(one), ...whyOf(one), ...systemOut(one)].map((line) => `      ${line}`)
  return inside.length === 0
    ? [`    <testcase${head}/>`]
    : [`    <testcase${head}>`, ...inside, '    </testcase>']
}

function whyOf({ outcome, message = '', type, details = '' }: JunitCase): readonly string[] {
  if (outcome === 'passed') return []
  const tag = tags[outcome]
  const why = attributes({ message, ...(tag === 'skipped' || type === undefined ? {} : { type }) })
  return [`<${tag}${why}>${escapeXml(details)}</${tag}>`]
}

/** As pytest writes them (`record_property`); Jenkins keeps them, who does not know them passes over them. */
function propertiesOf({ properties = {} }: JunitCase): readonly string[] {
  const lines = Object.entries(properties).map(([name, value]) => `<property${attributes({ name, value })}/>`)
  return lines.length === 0 ? [] : ['<properties>', ...lines.map((line) => `  ${line}`), '</properties>']
}

/** The form that GitLab ("Unit test reports", attachments) and Jenkins' plugin junit-attachments read. */
function systemOut({ attachments = [] }: JunitCase): readonly string[] {
  if (attachments.length === 0) return []
  // A path with brackets or a line break would end the link elsewhere.
  const lines = attachments.map((path) => `[[ATTACHMENT|${path.replaceAll(/[[\]\n\r]/g, '')}]]`)
  return [`<system-out>${escapeXml(lines.join('\n'))}</system-out>`]
}

function totals(cases: readonly JunitCase[]): Readonly<Record<string, string>> {
  const count = (wanted: JunitCase['outcome']) =>
    String(cases.filter(({ outcome }) => outcome === wanted).length)
  return {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: (cases.reduce((sum, { durationMs }) => sum + durationMs, 0) / 1000).toFixed(3),
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
