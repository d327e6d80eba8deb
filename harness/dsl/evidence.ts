import { didYouMean } from '../../node/config/flags-nearest.ts'
import type { WorldEvent } from '../events/event.ts'
import { marks } from '../events/marks.ts'
import type { InstalledFault } from '../faults/fault-point.ts'

/** What a run must have reached to say anything: reach marks, and faults that hit. */
export interface Evidence {
  /** To be called with every event of the run: much is reached while a world starts. */
  observe(event: WorldEvent): void
  /** Without a hit of this fault the scenario is inconclusive. */
  mustHit(fault: InstalledFault): void
  /** Everything that was not reached, one line each. */
  missing(): readonly string[]
  /** How often the runner stood still, and for how long at most, in milliseconds. */
  stalls(): { readonly count: number; readonly longestMs: number }
}

/** @param expects marks that the stream must show. */
export function createEvidence(expects: readonly string[] = []): Evidence {
  const reached = new Set<string>()
  const faults: InstalledFault[] = []
  let stalls = { count: 0, longestMs: 0 }
  /** A mark that there is means itself. */
  const hint = (mark: string) => (mark in marks ? '' : didYouMean(mark, [...reached]))
  return {
    observe(event) {
      if (event.kind === 'reach') reached.add(event.mark)
      if (event.kind === 'stall')
        stalls = { count: stalls.count + 1, longestMs: Math.max(stalls.longestMs, event.lateMs) }
    },
    stalls: () => stalls,
    mustHit: (fault) => void faults.push(fault),
    missing: () => [
      ...expects
        .filter((mark) => !reached.has(mark))
        .map(
          (mark) =>
            `“${mark}” was not reached${hint(mark)}; reached: ${[...reached].join(', ') || 'nothing'}`,
        ),
      ...faults.filter(({ hits }) => hits === 0).map(describeMiss),
    ],
  }
}

function describeMiss({ fault, point, shadowed }: InstalledFault): string {
  return shadowed === 0
    ? `the fault ${fault.name} on ${point} never hit`
    : `the fault ${fault.name} on ${point} never hit: a newer fault there decided all ${shadowed} times`
}
