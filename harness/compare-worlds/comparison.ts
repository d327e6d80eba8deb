import type { Finding } from './compare-traces.ts'

/** One scenario in both worlds. */
export interface Comparison {
  readonly scenario: string
  /** `failed`: it did not pass in one of them, which says nothing of the other. */
  readonly verdict: Finding['verdict'] | 'failed'
  readonly findings: readonly Finding[]
  /** Why it failed; null when it did not. */
  readonly error: string | null
}

/** The worst that was found; a scenario of which nothing was found has not been compared. */
export function comparisonOf(scenario: string, findings: readonly Finding[]): Comparison {
  const has = (verdict: Finding['verdict']) => findings.some((one) => one.verdict === verdict)
  const verdict = has('differs') ? 'differs' : has('explained') ? 'explained' : 'agrees'
  return findings.length === 0
    ? { scenario, verdict: 'failed', findings, error: 'expected something to compare, found nothing' }
    : { scenario, verdict, findings, error: null }
}

const signs = { agrees: '✓', explained: '~', differs: '✗', failed: '✗' } as const

export function comparisonText({ scenario, findings, error }: Comparison): string {
  const lines = findings.map(({ what, verdict, found }) => `  ${signs[verdict]} ${what}: ${found}\n`)
  return `${scenario}\n${lines.join('')}${error === null ? '' : `  ${signs.failed} ${error}\n`}`
}

/** A line for each scenario: how often which verdict came. */
export function tallyText(comparisons: readonly Comparison[]): string {
  const names = [...new Set(comparisons.map(({ scenario }) => scenario))]
  const width = Math.max(...names.map(({ length }) => length))
  const lines = names.map((name) => {
    const count = (verdict: Comparison['verdict']) =>
      comparisons.filter((one) => one.scenario === name && one.verdict === verdict).length
    const counts = (['agrees', 'explained', 'differs', 'failed'] as const).map(
      (verdict) => `${count(verdict)} ${verdict}`,
    )
    return `${name.padEnd(width)}  ${counts.join(', ')}\n`
  })
  return lines.join('')
}
