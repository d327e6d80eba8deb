import type { CampaignOutcome } from './run-campaign.ts'

/** One line as soon as it is known. */
export function campaignLine({ mutant, outcome, seeds, reason, size, error }: CampaignOutcome): string {
  switch (outcome) {
    case 'found':
      return `✓ ${mutant.name}  seed ${seeds}: ${reason}${size === null ? '' : ` (${size.deeds} deeds, ${size.nodes} nodes)`}`
    case 'not found':
      return `✗ ${mutant.name}  not found in ${seeds} seeds`
    case 'error':
      return `✗ ${mutant.name}  ${error?.split('\n')[0]}`
  }
}

/** Mutant, seeds needed, what was violated, size. */
export function campaignTable(outcomes: readonly CampaignOutcome[]): string {
  const width = Math.max(...outcomes.map(({ mutant }) => mutant.name.length))
  const rows = outcomes.map(({ mutant, outcome, seeds, reason, size, error }) =>
    [
      mutant.name.padEnd(width),
      outcome.padEnd(9),
      String(seeds).padStart(5),
      size === null ? ''.padEnd(18) : `${size.deeds} deeds, ${size.nodes} nodes`.padEnd(18),
      reason ?? error ?? '',
    ].join('  '),
  )
  const found = outcomes.filter(({ outcome }) => outcome === 'found').length
  return `${rows.join('\n')}\n\n${found} of ${outcomes.length} mutants found\n`
}
