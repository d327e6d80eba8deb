import type { SyncStatus } from '../../node/protocol/sync-status.ts'
import type { ClHandle } from '../world/world.ts'
import type { WaitLimits } from './limits.ts'
import type { Run } from './run.ts'
import type { Look } from './wait.ts'

/** The status of one node, as waits read it. */
export interface NodeStatus {
  /** Asked for now. */
  fresh(): Promise<SyncStatus>
  /** The last one that was observed; null before the first. */
  latest(): SyncStatus | null
  /** A wait on the status of this node alone: `look` sees each status that was asked for after the wait began. */
  wait<T>(options: {
    readonly what: string
    readonly expected: string
    readonly limits: WaitLimits
    readonly look: (status: SyncStatus) => Look<T> | Promise<Look<T>>
  }): Promise<T>
}

export function createNodeStatus(run: Run, component: ClHandle): NodeStatus {
  const { name, status: stream } = component
  const { clock, failed } = run.world
  return {
    fresh: async () => (await stream.observe(failed)).status,
    latest: () => stream.latest?.status ?? null,
    wait({ what, expected, limits, look }) {
      const startedMs = clock.nowMs()
      return run.wait({
        what: `${name}: ${what}`,
        expected,
        limits,
        streams: [stream],
        look() {
          const { latest } = stream
          // An older status is no fact about now.
          if (latest === null || latest.askedMs < startedMs)
            return { done: false, found: 'no status since the wait began' }
          return look(latest.status)
        },
      })
    },
  }
}
