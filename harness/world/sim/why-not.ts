import type { Topology } from '../topology.ts'

/** What a topology has that no simulated world can be; null when it can. */
export function whyNotSimulated(topology: Topology): string | null {
  const foreign = [...Object.values(topology.cls), ...Object.values(topology.els)].find(
    ({ kind }) => kind !== 'lockstep-node' && kind !== 'embedded-el',
  )
  if (foreign !== undefined) return `${foreign.kind} is a program, and a simulated world runs none`
  return null
}
