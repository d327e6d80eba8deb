import { dirname } from 'node:path'
import { type JunitCase, junitXml } from '../report/junit.ts'
import { type ArtefactPlace, junitArtefacts, thisJob } from '../report/run-artefacts.ts'
import type { AcceptResult } from './accept-report.ts'
import { inOrder } from './results.ts'
import type { SettledOutcome } from './settled.ts'

const outcomes = {
  passed: 'passed',
  flaky: 'flaky',
  failed: 'failure',
  known: 'skipped',
  inconclusive: 'error',
  skipped: 'skipped',
} as const

/**
 * The outcomes as JUnit XML: a suite for each folder, a case for each scenario and round, an error for each that is lost.
 * Each case names its run, and one that did not pass has its report attached.
 */
export function acceptJunit(result: AcceptResult, place: ArtefactPlace = thisJob()): string {
  const cases = [
    ...inOrder(result.outcomes).map((one) => ({
      suite: dirname(one.file),
      one: caseOf(one, result.rounds, place),
    })),
    ...lostCases(result).map((one) => ({ suite: 'lost', one })),
  ]
  const suites = Map.groupBy(cases, ({ suite }) => suite)
  return junitXml(
    'lockstep accept',
    Array.from(suites, ([name, found]) => ({ name, cases: found.map(({ one }) => one) })),
  )
}

function caseOf(outcome: SettledOutcome, rounds: number, place: ArtefactPlace): JunitCase {
  // Of a flaky one, what went wrong before it passed.
  const told = outcome.outcome === 'flaky' ? (outcome.earlier[0] ?? outcome) : outcome
  const type = told.failure?.what
  const passed = told.outcome === 'passed' || told.outcome === 'skipped'
  const { properties, attachments = [] } = junitArtefacts(told.runDirectory, passed, place)
  return {
    classname: outcome.file,
    name: rounds === 1 ? outcome.name : `${outcome.name} (round ${outcome.round})`,
    durationMs: outcome.durationMs,
    outcome: outcomes[outcome.outcome],
    message: told.reason ?? type ?? told.errors[0]?.split('\n', 1)[0] ?? '',
    ...(type === undefined ? {} : { type }),
    details: [...told.errors, ...(properties === undefined ? [] : [properties['run']])].join('\n\n'),
    properties: {
      ...properties,
      ...Object.fromEntries(Object.entries(told.clients).map(([node, kind]) => [`client.${node}`, kind])),
    },
    attachments,
  }
}

function lostCases({ selected, outcomes, ended }: AcceptResult): readonly JunitCase[] {
  const found = new Set(outcomes.map(({ name }) => name))
  return selected
    .filter((name) => !found.has(name))
    .map((name) => ({
      ...{ classname: 'lost', name, durationMs: 0, outcome: 'error' },
      message: ended === null ? 'it ended without a result' : `it did not run to an end: ${ended}`,
    }))
}
