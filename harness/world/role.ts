import type { ClSpec, Topology } from './topology.ts'

/** What a consensus node is for: it builds blocks, derives them from L1, or follows another node. */
export type ClRole = 'sequencer' | 'reference' | 'follower'

export const clRoles = ['sequencer', 'reference', 'follower'] as const satisfies readonly ClRole[]

/** The role of a consensus node of a topology. One that builds blocks is a sequencer, also when it follows. */
export function roleOf(spec: Pick<ClSpec, 'mode' | 'sequencer'>): ClRole {
  if (spec.sequencer !== undefined) return 'sequencer'
  return spec.mode.kind === 'follow' ? 'follower' : 'reference'
}

/** The consensus node that drives this engine; undefined for an engine without one. */
export function driverOf(topology: Topology, el: string): string | undefined {
  return Object.entries(topology.cls).find(([, spec]) => spec.el === el)?.[0]
}
