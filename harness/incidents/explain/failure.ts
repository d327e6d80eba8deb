import { verdictOf } from '../../report/model/verdict.ts'
import type { Incident } from './incident.ts'

/** What a run that failed says itself. */
export interface Failure {
  /** What was waited for, or which invariant was violated. */
  readonly what: string
  readonly expected: string | null
  readonly found: string | null
  /** Since when that was waited for, and when it failed; Unix time in milliseconds. */
  readonly since: number
  readonly t: number
}

/** Null for a recording, and for a run that did not fail. */
export function failureOf({ index, to }: Incident): Failure | null {
  const { outcome, what, expected, found, invariant } = verdictOf(index)
  if (outcome !== 'failed') return null
  const wait = index.waits.find(({ end }) => end === 'failed')
  const violation = index.violations[0]
  const t = violation?.t ?? wait?.to ?? to
  return {
    ...{ what: invariant !== null && what === '' ? invariant : what, expected, found },
    since: wait?.from ?? t,
    t: Math.max(t, wait?.to ?? t),
  }
}
