import { marks, requiredMarks } from '../events/marks.ts'

/** What the scenarios of one command reached together. */
export interface MarkCoverage {
  /** For people: every mark that was reached, with the number of scenarios that did. */
  readonly reached: string
  /** The same, and those that none did. */
  readonly summary: string
  /** Why the suite does not test what it claims to; empty when it does. */
  readonly complaints: readonly string[]
}

/** Adds up the marks of scenarios. */
export function markCoverage(
  scenarios: readonly { readonly name: string; readonly reached: readonly string[] }[],
): MarkCoverage {
  const counts = new Map<string, number>()
  for (const mark of scenarios.flatMap(({ reached }) => [...new Set(reached)]))
    counts.set(mark, (counts.get(mark) ?? 0) + 1)
  const known = Object.keys(marks)
  const others = [...counts.keys()].filter((mark) => !known.includes(mark))
  const reached = [...known, ...others].flatMap((mark) => {
    const count = counts.get(mark)
    return count === undefined ? [] : [count === 1 ? mark : `${mark} (${count})`]
  })
  const never = known.filter((mark) => !counts.has(mark))
  const missing = requiredMarks.filter((mark) => !counts.has(mark))
  const found = `reached in all: ${reached.length === 0 ? 'nothing' : reached.join(', ')}`
  return {
    reached: found,
    summary: [found, ...(never.length === 0 ? [] : [`reached by nobody: ${never.join(', ')}`])].join('\n'),
    complaints: missing.map(
      (mark) =>
        `no scenario reached ${mark} (${marks[mark].what}): expected the suite to; add one that does, or say in harness/events/marks.ts that it need not`,
    ),
  }
}
