import type { Incident } from './incident.ts'

/** A component that ended although nobody had stopped it. */
export interface UnwantedExit {
  readonly t: number
  readonly component: string
  /** An exit code, a signal or an error. */
  readonly reason: string
  /** The last error that it logged, else its last warning; null without a log. */
  readonly lastError: string | null
}

/** A process that is told to end ends so. */
const wanted = /^(?:no error|exit code 0)$/
/** What belongs to its end is logged at about that time: lines are read a little later. */
const logMs = 10_000
const textMax = 240

/** Every component that ended by itself, in the order of time. */
export function unwantedExits({ index }: Incident): readonly UnwantedExit[] {
  return [...index.components]
    .flatMap(([component, track]) =>
      track.flatMap(({ t, value: { action, reason } }, at): readonly UnwantedExit[] => {
        const before = track[at - 1]?.value.action
        const isUnwanted =
          action === 'exit' &&
          reason !== undefined &&
          before !== 'stop' &&
          before !== 'kill' &&
          !wanted.test(reason)
        return isUnwanted
          ? [{ t, component, reason: reason.slice(0, textMax), lastError: lastErrorOf(component, t) }]
          : []
      }),
    )
    .sort((a, b) => a.t - b.t)

  function lastErrorOf(component: string, t: number): string | null {
    const near = index.logs.filter((line) => line.component === component && Math.abs(line.t - t) < logMs)
    const line =
      near.findLast(({ level }) => level === 'error') ?? near.findLast(({ level }) => level === 'warn')
    return line?.message.slice(0, textMax) ?? null
  }
}
