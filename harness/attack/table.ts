import { type Attack, exceeded, type Measured } from './attack.ts'

/** An attack that was made, or could not be. */
export type Outcome =
  | { readonly attack: Attack; readonly measured: Measured }
  | { readonly attack: Attack; readonly failed: string }

/** What does not hold; nothing when all does. */
export function faultsOf(outcome: Outcome): readonly string[] {
  return 'failed' in outcome
    ? [`could not be made: ${outcome.failed}`]
    : exceeded(outcome.attack, outcome.measured)
}

/** One attack as a line, with what was measured; what does not hold stands below it. */
export function outcomeLines(outcome: Outcome): string {
  const faults = faultsOf(outcome)
  const measured = 'failed' in outcome ? [] : Object.entries(outcome.measured)
  const figures = measured.map(([name, value]) => {
    const max = outcome.attack.bound[name]
    return `${name} ${value}${max === undefined ? '' : ` (≤ ${max})`}`
  })
  const line = `${faults.length === 0 ? 'holds ' : 'BROKEN'}  ${outcome.attack.name.padEnd(58)}  ${figures.join(', ')}`
  return [line.trimEnd(), ...faults.map((fault) => `          ${fault}`)].join('\n')
}
