import { isTestKiller, killerName, type Mutant } from './mutant.ts'
import type { MutantOutcome } from './run-mutants.ts'

/** Named in full in the table; the others are counted. */
const namesMax = 2

/** One line as soon as it is known. */
export function outcomeLine({ mutant, outcome, killedBy, durationMs }: MutantOutcome): string {
  const mark = outcome === 'killed' ? '✓' : '✗'
  const by = outcome === 'killed' ? ` by ${killedBy.length} test${killedBy.length === 1 ? '' : 's'}` : ''
  return `${mark} ${mutant.name}  ${outcome}${by}  ${seconds(durationMs)}`
}

/** Who killed whom. */
export function outcomeTable(outcomes: readonly MutantOutcome[]): string {
  const width = Math.max(...outcomes.map(({ mutant }) => mutant.name.length))
  const indent = ' '.repeat(width + 2)
  const rows = outcomes.map(({ mutant, outcome, killedBy, blind, error, durationMs }) => {
    const names = killedBy.slice(0, namesMax)
    const more = killedBy.length - names.length
    return [
      `${mutant.name.padEnd(width)}  ${outcome.padEnd(8)}  ${seconds(durationMs).padStart(7)}  ${mutant.rule} (${mutant.source})`,
      ...names.map((name) => `${indent}killed by ${name}`),
      ...(more === 0 ? [] : [`${indent}and ${more} more`]),
      ...blind.map((name) => `${indent}NOT NOTICED by ${name}`),
      ...(error === null ? [] : [`${indent}${error.replaceAll('\n', `\n${indent}`)}`]),
    ].join('\n')
  })
  const killed = outcomes.filter(({ outcome }) => outcome === 'killed').length
  return `${rows.join('\n')}\n\n${killed} of ${outcomes.length} mutants killed\n`
}

export function outcomesJson(outcomes: readonly MutantOutcome[]): string {
  return JSON.stringify({
    killed: outcomes.filter(({ outcome }) => outcome === 'killed').length,
    total: outcomes.length,
    mutants: outcomes.map(({ mutant, durationMs, ...outcome }) => ({
      name: mutant.name,
      rule: mutant.rule,
      source: mutant.source,
      file: mutant.file,
      ...outcome,
      durationMs: Math.round(durationMs),
    })),
  })
}

/** What `--list` prints. */
export function mutantList(mutants: readonly Mutant[]): string {
  return mutants
    .map(({ name, rule, source, file, killers }) =>
      [
        name,
        `  ${rule} (${source})`,
        `  in ${file}`,
        ...killers.map((killer) => `  ${isTestKiller(killer) ? 'test' : 'scenario'} ${killerName(killer)}`),
      ].join('\n'),
    )
    .join('\n')
    .concat('\n')
}

function seconds(durationMs: number): string {
  return `${(durationMs / 1000).toFixed(1)} s`
}
