import { headOf, type Level } from '../harness/world/levels.ts'
import type { System } from '../harness/world/live/system.ts'
import type { L2BlockRef } from '../node/protocol/refs.ts'
import { syncStatusFromJson } from '../node/protocol/sync-status-json.ts'

/** How often a node is asked, in milliseconds: the error of every time that is measured so. */
export const pollMs = 10

/** Calls back with every head of that level that is further than the last one, from the second on, until the signal. */
export async function watchHead(
  system: System,
  name: string,
  level: Level,
  signal: AbortSignal,
  onAdvance: (head: L2BlockRef, atMs: number) => void,
): Promise<void> {
  const component = system.cls.get(name)
  if (component === undefined) throw new Error(`the topology has no consensus node ${name}`)
  let last: bigint | undefined
  while (!signal.aborted) {
    const head = headOf(syncStatusFromJson(await component.rpc.request('optimism_syncStatus', [])), level)
    if (last !== undefined && head.number > last) onAdvance(head, system.clock.nowMs())
    last = head.number
    await system.clock.sleep(pollMs, signal).catch(() => {})
  }
}

/** Of ascending numbers; rounded. NaN of none. */
export function quantile(sorted: readonly number[], q: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN)
}
