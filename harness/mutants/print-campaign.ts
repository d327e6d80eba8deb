import type { Case } from '../cases/case.ts'
import type { CampaignOutcome } from './campaign-file.ts'

/** Faults and nodes of a case. */
export function sizeOf({ deeds, topology }: Case): { readonly faults: number; readonly nodes: number } {
  return { faults: deeds.length, nodes: Object.keys(topology.cls).length }
}

/** One line as soon as it is known. */
export function campaignLine(outcome: CampaignOutcome): string {
  const { mutant, seeds, reached, smallest, error } = outcome
  switch (outcome.outcome) {
    case 'found':
      return `✓ ${mutant}  seed ${seeds}: ${smallest?.violates?.reason} (${shown(outcome)})`
    case 'not found':
      return `✗ ${mutant}  not found in ${seeds} seeds, of which ${reached} came by its rule`
    case 'error':
      return `✗ ${mutant}  ${error?.split('\n')[0]}`
  }
}

function shown({ smallest }: CampaignOutcome): string {
  if (smallest === null) return ''
  const { faults, nodes } = sizeOf(smallest)
  return `${faults} faults, ${nodes} nodes`
}

/** A mutant that no campaign tries. */
export interface Unseen {
  readonly mutant: string
  readonly reason: string
}

/** Mutant, seeds needed, how many of them came by its rule, size after shrinking, what was violated; then who is not tried. */
export function campaignTable(outcomes: readonly CampaignOutcome[], unseen: readonly Unseen[] = []): string {
  const head = ['mutant', 'outcome', 'seeds', 'came by', 'size', 'violates']
  const rows = outcomes.map((outcome) => [
    outcome.mutant,
    outcome.outcome,
    String(outcome.seeds),
    String(outcome.reached),
    shown(outcome),
    outcome.smallest?.violates?.reason ?? outcome.error?.split('\n')[0] ?? '',
  ])
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length)),
  )
  const lines = [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  )
  const found = outcomes.filter(({ outcome }) => outcome === 'found').length
  const reasons = Map.groupBy(unseen, ({ reason }) => reason)
  const others = [...reasons].map(
    ([reason, those]) => `  ${those.map(({ mutant }) => mutant).join(', ')}: ${reason}\n`,
  )
  const rest = unseen.length === 0 ? '' : `\n${unseen.length} that no simulated world can show:\n`
  return `${lines.join('\n')}\n\n${found} of ${outcomes.length} mutants found\n${rest}${others.join('')}`
}

/** The table as JSON. */
export function campaignJson(outcomes: readonly CampaignOutcome[], unseen: readonly Unseen[] = []): string {
  return JSON.stringify([
    ...outcomes.map(({ smallest, ...outcome }) => ({
      ...outcome,
      size: smallest === null ? null : sizeOf(smallest),
      violates: smallest?.violates ?? null,
    })),
    ...unseen.map((one) => ({ ...one, outcome: 'unseen' })),
  ])
}
