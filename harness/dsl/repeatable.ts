import { firstDifference } from '../first-difference.ts'

/** Set to `1`: each scenario of the simulated world is played twice, the second time with calls as text, and both runs must tell the same. */
export const twiceVariable = 'LOCKSTEP_SIM_TWICE'

/** @throws Error naming the first event in which two runs of one seed differ. */
export function mustRepeat(first: readonly string[], second: readonly string[]): void {
  const difference = firstDifference(first, second)
  if (difference === null) return
  const { line, a, b } = difference
  const shown = (event: string | null) => event?.slice(0, charactersMax) ?? 'nothing more'
  throw new Error(
    `expected two runs from one seed to tell the same, they differ from event ${line} of ${first.length} on\n  first   ${shown(a)}\n  second  ${shown(b)}`,
  )
}

const charactersMax = 500
