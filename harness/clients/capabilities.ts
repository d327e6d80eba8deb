import type { ClSpec } from '../world/topology.ts'
import type { ClCapability } from '../world/world.ts'
import type { ClClient } from './client.ts'

/** What a client can do in that slot: what it can at all, as far as the slot has a use for it. */
export function capabilitiesIn(
  { capabilities }: Pick<ClClient, 'capabilities'>,
  { mode, sequencer, safeDb }: Pick<ClSpec, 'mode' | 'sequencer' | 'safeDb'>,
): ReadonlySet<ClCapability> {
  const idle = new Set<ClCapability>([
    ...(mode.kind === 'derive' ? [] : (['el-sync'] as const)),
    ...(safeDb === true ? [] : (['safe-head-db'] as const)),
    ...(sequencer === undefined ? (['recover-mode'] as const) : []),
  ])
  return new Set([...capabilities].filter((capability) => !idle.has(capability)))
}
