import type { System } from '../harness/world/system.ts'
import { syncStatusFromJson } from '../node/protocol/sync-status-json.ts'

export interface FollowLag {
  readonly samples: number
  /** From the first sight of a new local-safe head at the source to its first sight at the follower. */
  readonly p50Ms: number
  readonly p99Ms: number
}

const pollMs = 10

/**
 * Watches a source and its follower until the follower has adopted that many new local-safe heads. Both are polled
 * every 10 ms, which is the error of each sample.
 */
export async function measureFollowLag(
  system: System,
  names: { readonly source: string; readonly follower: string },
  samples: number,
  signal: AbortSignal,
): Promise<FollowLag> {
  const ended = new AbortController()
  const until = AbortSignal.any([ended.signal, signal])
  const seenAtSource = new Map<bigint, number>()
  const lags: number[] = []

  const source = watch(system, names.source, until, (number, atMs) => {
    seenAtSource.set(number, atMs)
  })
  const follower = watch(system, names.follower, until, (number, atMs) => {
    // The source may advance by several blocks between two polls of the follower: the newest counts.
    const reached = [...seenAtSource.keys()].filter((known) => known <= number).at(-1)
    if (reached === undefined) return
    lags.push(atMs - seenAtSource.get(reached)!)
    for (const known of seenAtSource.keys()) if (known <= number) seenAtSource.delete(known)
    if (lags.length >= samples) ended.abort()
  })
  await Promise.all([source, follower])
  signal.throwIfAborted()
  lags.sort((a, b) => a - b)
  return { samples: lags.length, p50Ms: quantile(lags, 0.5), p99Ms: quantile(lags, 0.99) }
}

async function watch(
  system: System,
  name: string,
  signal: AbortSignal,
  onAdvance: (number: bigint, atMs: number) => void,
): Promise<void> {
  const component = system.cls.get(name)
  if (component === undefined) throw new Error(`the topology has no consensus node ${name}`)
  let last: bigint | undefined
  while (!signal.aborted) {
    const { localSafeL2 } = syncStatusFromJson(await component.rpc.request('optimism_syncStatus', []))
    if (last !== undefined && localSafeL2.number > last) onAdvance(localSafeL2.number, system.clock.nowMs())
    last = localSafeL2.number
    await system.clock.sleep(pollMs, signal).catch(() => {})
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? Number.NaN)
}
