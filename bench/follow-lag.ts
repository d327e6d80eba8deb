import type { System } from '../harness/world/live/system.ts'
import { pollMs, quantile, watchHead } from './watch-head.ts'

export interface FollowLag {
  readonly samples: number
  /** From the first sight of a new local-safe head at the source to its first sight at the follower. */
  readonly p50Ms: number
  readonly p99Ms: number
}

/**
 * Watches a source and its follower until the follower has adopted that many new local-safe heads. Both are polled
 * every {@link pollMs}, which is the error of each sample.
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

  const source = watchHead(system, names.source, 'localSafe', until, ({ number }, atMs) => {
    seenAtSource.set(number, atMs)
  })
  const follower = watchHead(system, names.follower, 'localSafe', until, ({ number }, atMs) => {
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
