import type { EventStream } from '../events/stream.ts'
import type { InstalledFault } from '../faults/fault-point.ts'

/** What a run must have reached to say anything: reach marks, and faults that hit. */
export interface Evidence {
  /** Without a hit of this fault the scenario is inconclusive. */
  mustHit(fault: InstalledFault): void
  /** Everything that was not reached, one line each. */
  missing(): readonly string[]
}

/** @param expects marks that the stream must show. */
export function createEvidence(
  events: Pick<EventStream, 'subscribe'>,
  expects: readonly string[] = [],
): Evidence {
  const reached = new Set<string>()
  const faults: InstalledFault[] = []
  events.subscribe((event) => {
    if (event.kind === 'reach') reached.add(event.mark)
  })
  return {
    mustHit: (fault) => void faults.push(fault),
    missing: () => [
      ...expects
        .filter((mark) => !reached.has(mark))
        .map((mark) => `“${mark}” was not reached; reached: ${[...reached].join(', ') || 'nothing'}`),
      ...faults.filter(({ hits }) => hits === 0).map(describeMiss),
    ],
  }
}

function describeMiss({ fault, point, shadowed }: InstalledFault): string {
  return shadowed === 0
    ? `the fault ${fault.name} on ${point} never hit`
    : `the fault ${fault.name} on ${point} never hit: a newer fault there decided all ${shadowed} times`
}
