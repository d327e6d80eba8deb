import type { Run } from './run.ts'

/** A span of time by the blocks that have their time in it. */
export type BlockTime = { readonly blocks: number } | { readonly l1Blocks: number }

/** Time, as the world has it: a scenario never sleeps by another clock. */
export interface ScenarioClock {
  /** Unix time in seconds, as block timestamps have it. */
  readonly now: bigint
  /** Unix time in milliseconds: what a scenario measures with. */
  readonly nowMs: number
  /** Waits until that Unix time in seconds has come. */
  at(timestamp: bigint | number): Promise<void>
  /** Waits for the time of that many blocks. */
  passed(span: BlockTime): Promise<void>
}

export function createScenarioClock(run: Run): ScenarioClock {
  const { clock, parameters } = run.world
  const until = (dueMs: number, what: string) => {
    const spanMs = Math.max(0, dueMs - clock.nowMs())
    const { stallMs } = run.limits('unsafe')
    return run.wait({
      what: `the clock: ${what}`,
      expected: `the time ${dueMs / 1000}`,
      limits: { stallMs: spanMs + stallMs, totalMs: spanMs + stallMs },
      streams: [],
      look: () =>
        clock.nowMs() >= dueMs
          ? { done: true, value: undefined }
          : { done: false, found: `it is ${clock.nowMs() / 1000}`, progress: 'none', againMs: dueMs },
    })
  }
  return {
    get now() {
      return BigInt(Math.floor(clock.nowMs() / 1000))
    },
    get nowMs() {
      return clock.nowMs()
    },
    at: (timestamp) => until(Number(timestamp) * 1000, `it is ${timestamp}`),
    passed(span) {
      const [count, seconds, of] =
        'blocks' in span
          ? ([span.blocks, parameters.l2BlockTime, 'L2'] as const)
          : ([span.l1Blocks, parameters.l1BlockTime, 'L1'] as const)
      return until(clock.nowMs() + count * seconds * 1000, `the time of ${count} ${of} blocks passes`)
    },
  }
}
