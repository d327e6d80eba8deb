import { brokenInvariants, concerns } from '../clients/deviation.ts'
import { askClients } from './client-arguments.ts'
import type { CatalogueEntry } from './scenario-catalogue.ts'
import type { ScenarioOutcome } from './scenario-outcome.ts'

/** Gives an outcome what is known of the clients that stood in the slots. */
export type ExplainOutcome = (outcome: ScenarioOutcome) => ScenarioOutcome

/**
 * A failure that is known of a client is `known`, with the link to where it is recorded; a pass in spite of that is news.
 * @throws UsageError when the environment names a client that there is none of.
 */
export async function knownDeviations(entries: readonly CatalogueEntry[]): Promise<ExplainOutcome> {
  const clients = await askClients((chosen) => chosen)
  const slotsOf = new Map(entries.map(({ name, slots }) => [name, slots]))
  /** A pass does not say that a client keeps what it was not held to. */
  const withWaived = (outcome: ScenarioOutcome): ScenarioOutcome => {
    const waived = Object.entries(outcome.clients).flatMap(([node, kind]) => {
      const role = slotsOf.get(outcome.name)?.[node]
      const names = role === undefined ? [] : [...brokenInvariants(clients.deviations(kind), role)]
      return names.map(([name, link]) => `${node} is ${kind}, not held to ${name} (${link})`)
    })
    return waived.length === 0 ? outcome : { ...outcome, reason: waived.join('; ') }
  }
  return (outcome) => {
    if (outcome.outcome !== 'failed' && outcome.outcome !== 'passed') return outcome
    const known = Object.entries(outcome.clients).flatMap(([node, kind]) => {
      const role = slotsOf.get(outcome.name)?.[node]
      if (role === undefined) return []
      return clients
        .deviations(kind)
        .filter((deviation) => concerns(deviation, outcome.name, role))
        .map(({ what, link }) => `${node} is ${kind}: ${what} (${link})`)
    })
    if (known.length === 0) return outcome.outcome === 'passed' ? withWaived(outcome) : outcome
    return outcome.outcome === 'failed'
      ? { ...outcome, outcome: 'known', reason: known.join('; ') }
      : { ...outcome, news: `passed, although ${known.join('; ')}` }
  }
}
