import { processorMs } from '../drivers/processor-time.ts'

export interface WorkLimit {
  /** Of processor time that the process has used since then: a machine that is busy with something else gives it little. */
  readonly workMsMax: number
  /** Of real time: for a process that waits for what never comes. */
  readonly realMsMax: number
  /** Says which limit it was. */
  readonly onOver: (what: string) => void
}

const lookMs = 1_000

/** Watches a process from now on. Returns what ends the watch. */
export function limitWork(pid: number | undefined, { workMsMax, realMsMax, onOver }: WorkLimit): () => void {
  const startedMs = performance.now()
  const workedMs = workOf(pid) ?? 0
  const timer = setInterval(
    () => {
      const realMs = performance.now() - startedMs
      const work = workOf(pid)
      // Where nobody tells what it used, real time has to do.
      const usedMs = work === null ? realMs : work - workedMs
      if (usedMs > workMsMax) over(`${workMsMax / 1000} s of ${work === null ? 'real' : 'processor'} time`)
      else if (realMs > realMsMax) over(`${realMsMax / 1000} s of real time`)
    },
    Math.min(lookMs, workMsMax, realMsMax),
  )
  const end = () => clearInterval(timer)
  const over = (what: string) => {
    end()
    onOver(what)
  }
  return end
}

/** In milliseconds; null when there is no such process, or no `/proc`. */
function workOf(pid: number | undefined): number | null {
  if (pid === undefined) return null
  try {
    return processorMs(pid)
  } catch {
    return null
  }
}
