import { type JunitCase, junitXml } from '../report/junit.ts'
import { type ArtefactPlace, junitArtefacts, thisJob } from '../report/run-artefacts.ts'
import type { ClaimVerdict } from './verdict.ts'

const outcomes = {
  pass: 'passed',
  fail: 'failure',
  inconclusive: 'error',
  skipped: 'skipped',
  deviates: 'skipped',
} as const

/**
 * The verdicts as JUnit XML, as CI systems read it: one suite per role, one case per claim. A claim that nothing can be said
 * of is an error, a known deviation is skipped with its link.
 */
export function junitOf(
  name: string,
  verdicts: readonly ClaimVerdict[],
  place: ArtefactPlace = thisJob(),
): string {
  const suites = Map.groupBy(verdicts, ({ claim }) => claim.role)
  return junitXml(
    name,
    Array.from(suites, ([role, cases]) => ({
      name: `${name} as ${role}`,
      cases: cases.map((one) => caseOf(one, place)),
    })),
  )
}

function caseOf(verdict: ClaimVerdict, place: ArtefactPlace): JunitCase {
  const { claim, why, expected, found, step, control, evidence, link, durationMs } = verdict
  const details = Object.entries({ expected, found, step, control, evidence, reference: claim.reference })
  return {
    classname: claim.role,
    name: `${claim.id}: ${claim.sentence}`,
    durationMs,
    outcome: outcomes[verdict.verdict],
    message: [why, link].filter((part) => part !== null).join(' '),
    type: claim.id,
    ...junitArtefacts(evidence, outcomes[verdict.verdict] === 'passed', place),
    details: details.flatMap(([field, value]) => (value === null ? [] : [`${field}: ${value}`])).join('\n'),
  }
}
