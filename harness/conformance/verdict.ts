import type { ScenarioOutcome } from '../cli/scenario-outcome.ts'
import type { Claim } from './claims.ts'

export type Verdict =
  | 'pass'
  | 'fail'
  /** Nothing can be said of the claim: what it is about was not reached, or something else failed. */
  | 'inconclusive'
  | 'skipped'
  /** It fails, as is known of this client. */
  | 'deviates'

/** What is known of a client: it does otherwise than the claim says. */
export interface KnownDeviation {
  readonly what: string
  readonly link: string
}

export interface ClaimVerdict {
  readonly claim: Claim
  readonly verdict: Verdict
  /** Why it is skipped, inconclusive or known; what failed. Null for a pass that was expected. */
  readonly why: string | null
  readonly expected: string | null
  readonly found: string | null
  /** In which step of the scenario. */
  readonly step: string | null
  /** What our own node did in the same slot, when the client failed; null when nobody asked. */
  readonly control: 'passed' | 'failed' | null
  /** The directory of the run. */
  readonly evidence: string | null
  readonly link: string | null
  readonly durationMs: number
}

export interface JudgeOptions {
  /** The kind of client that was to stand in the role's slots. */
  readonly kind: string
  /** The nodes of the scenario's topology that have the claim's role: where the client was to stand. */
  readonly slots: readonly string[]
  /** What the scenario came to with the client; undefined when it did not run to an end. */
  readonly outcome: ScenarioOutcome | undefined
  /** The same scenario with our own node in that slot, run because the other failed. Undefined: it did not run. */
  readonly control: ScenarioOutcome | undefined
  readonly deviation: KnownDeviation | null
}

/** Judges one claim by what its scenario came to. A failure counts only when it is the client's. */
export function judge(claim: Claim, options: JudgeOptions): ClaimVerdict {
  const { kind, slots, outcome, control, deviation } = options
  const failure = outcome?.failure ?? null
  const verdict = (verdict: Verdict, why: string | null, link: string | null = null): ClaimVerdict => ({
    ...{ claim, verdict, why, link },
    expected: failure?.expected ?? null,
    found: failure?.found ?? null,
    step: failure?.step ?? null,
    control: control === undefined ? null : control.outcome === 'passed' ? 'passed' : 'failed',
    evidence: outcome?.runDirectory ?? null,
    durationMs: outcome?.durationMs ?? 0,
  })
  if (outcome === undefined) return verdict('inconclusive', 'its scenario did not run to an end')
  if (outcome.outcome === 'skipped')
    return verdict('skipped', outcome.reason || 'the scenario did not say why')
  // Who stood where is known as soon as there is a devstack. A pass in somebody else's name would be the worst of answers.
  const hadDevstack = Object.keys(outcome.clients).length > 0
  const stood = slots.some((node) => outcome.clients[node] === kind)
  if (!stood && (outcome.outcome === 'passed' || hadDevstack))
    return verdict('inconclusive', `no ${kind} stood in the slot: found ${describeSlots(outcome.clients)}`)
  if (outcome.outcome === 'passed')
    return deviation === null
      ? verdict('pass', null)
      : verdict('pass', `news: it is known to deviate (${deviation.what}), and did not`, deviation.link)
  if (outcome.outcome === 'inconclusive') return verdict('inconclusive', failure?.what ?? null)
  if (failure === null) return verdict('inconclusive', firstLine(outcome.errors[0]) ?? 'the runner ended it')
  if (failure.component !== null && !slots.includes(failure.component))
    return verdict('inconclusive', `another component failed: ${failure.what}`)
  if (control !== undefined && control.outcome !== 'passed')
    return verdict('inconclusive', `our own node fails here too: ${control.failure?.what ?? control.outcome}`)
  // A client that does not start, or ends, does not do what is known of it: it does nothing.
  if (deviation !== null && failure.component === null)
    return verdict('deviates', deviation.what, deviation.link)
  return verdict('fail', failure.what)
}

function describeSlots(clients: Readonly<Record<string, string>>): string {
  return (
    Object.entries(clients)
      .map(([node, kind]) => `${node}=${kind}`)
      .join(', ') || 'no devstack'
  )
}

function firstLine(text: string | undefined): string | undefined {
  return text?.split('\n', 1)[0]
}

/** How many claims came to each verdict. */
export function countVerdicts(verdicts: readonly ClaimVerdict[]): Readonly<Record<Verdict, number>> {
  const count = (wanted: Verdict) => verdicts.filter(({ verdict }) => verdict === wanted).length
  return {
    ...{ pass: count('pass'), fail: count('fail'), inconclusive: count('inconclusive') },
    ...{ skipped: count('skipped'), deviates: count('deviates') },
  }
}
