import type { Run } from './run.ts'

/** Names a part of a scenario, for the live view, the timeline and whoever reads a failure. */
export type Step = <T>(name: string, run: () => T | Promise<T>) => Promise<T>

export function createStep({ world, activity }: Pick<Run, 'world' | 'activity'>): Step {
  return async (step, body) => {
    const { clock, events } = world
    const startMs = clock.nowMs()
    events.record({ kind: 'step', step, action: 'start' })
    try {
      const result = await body()
      events.record({ kind: 'step', step, action: 'end', durationMs: clock.nowMs() - startMs })
      return result
    } catch (error) {
      activity.endedBy(error, activity.steps.join(' › '))
      events.record({ kind: 'step', step, action: 'fail', durationMs: clock.nowMs() - startMs })
      throw error
    }
  }
}
