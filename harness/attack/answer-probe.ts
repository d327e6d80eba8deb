import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { processUsage } from '../../bench/process-usage.ts'
import type { Measured } from './attack.ts'
import { epochMs } from './victims/serve-victim.ts'

/** What the small question may take, whatever the attack. */
export const answerP99MsMax = 100
/** When others have more of the processors than this, an answer waits for them and not for the victim. */
const othersPercentMax = 10
/** Between two questions that failed. */
const againMs = 10

export interface ProbeOptions<T> {
  /** The victim's process. */
  readonly pid: number
  readonly over: AbortSignal
  /** Between an answer and the next question. */
  readonly pauseMs?: number
  /**
   * When an answer was given, Unix time in milliseconds. Default: when it is seen, which is later where this process works
   * itself: what an attacker computes is not time that its victim takes.
   */
  readonly atMs?: (answer: T) => number
}

/**
 * Asks a small question again and again until `over` aborts: how long it takes to have its answer, the failures before it
 * included. On a machine that others use too (`starved` 1), `answerP99Ms` is without the time in which this program or
 * the victim's main thread was ready to run and had no processor; `answerWallP99Ms` always is what a clock says.
 * @param ask resolves with what was answered.
 */
export async function probeAnswers<T>(
  ask: (signal: AbortSignal) => Promise<T>,
  { pid, over, pauseMs = 0, atMs = epochMs }: ProbeOptions<T>,
): Promise<Measured> {
  const machine = startMachineProbe(pid)
  const answers: { readonly wallMs: number; readonly ranMs: number }[] = []
  while (!over.aborted) {
    const [beganMs, waitedMs] = [epochMs(), machine.waitedMs()]
    let answer = await answerOf(ask, over)
    for (; answer === null && !over.aborted; answer = await answerOf(ask, over)) await sleep(againMs)
    const wallMs = (answer === null ? epochMs() : atMs(answer.value)) - beganMs
    const ranMs = Math.max(0, wallMs - (machine.waitedMs() - waitedMs))
    // One that is open still counts when it is late already.
    if (!over.aborted || ranMs > answerP99MsMax) answers.push({ wallMs, ranMs })
    if (over.aborted) break
    if (pauseMs > 0) await sleep(pauseMs)
  }
  const othersPercent = machine.othersPercent()
  const isStarved = othersPercent > othersPercentMax
  const wall = p99(answers.map(({ wallMs }) => wallMs))
  return {
    answered: answers.length,
    answerP99Ms: isStarved ? p99(answers.map(({ ranMs }) => ranMs)) : wall,
    ...(isStarved ? { starved: 1, othersPercent, answerWallP99Ms: wall } : {}),
  }
}

const answerOf = <T>(ask: (signal: AbortSignal) => Promise<T>, over: AbortSignal) =>
  ask(over).then(
    (value) => ({ value }),
    () => null,
  )

/** Of no answer at all: for ever. */
function p99(times: readonly number[]): number {
  const sorted = times.toSorted((a, b) => a - b)
  return Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? Number.POSITIVE_INFINITY)
}

/** What the kernel says of who had the processors. Without `/proc` nobody else had any. */
function startMachineProbe(pid: number) {
  const pids = [process.pid, pid]
  const own = () => sum(pids.map((one) => readOr(() => processUsage(one).cpuSeconds, 0)))
  const began = { ticks: readOr(machineTicks, null), seconds: own() }
  return {
    /** How long the main threads of both have waited for a processor so far. */
    waitedMs: () => sum(pids.map((one) => readOr(() => runDelayMs(one), 0))),
    /** The share of all processors that processes other than the two have had since. */
    othersPercent(): number {
      const ended = readOr(machineTicks, null)
      if (began.ticks === null || ended === null || ended.all === began.ticks.all) return 0
      const busySeconds = (ended.busy - began.ticks.busy) / ticksPerSecond
      const allSeconds = (ended.all - began.ticks.all) / ticksPerSecond
      return Math.max(0, Math.round(((busySeconds - (own() - began.seconds)) / allSeconds) * 100))
    },
  }
}

const ticksPerSecond = 100
const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)

/** The second field, in nanoseconds: time on a run queue. Source: Linux, sched-stats. */
const runDelayMs = (pid: number) => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6

/** Source: proc(5): user, nice, system, idle, iowait, irq, softirq, steal. */
function machineTicks(): { readonly busy: number; readonly all: number } {
  const ticks = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/\s+/).slice(1, 9).map(Number)
  const all = sum(ticks)
  return { all, busy: all - ticks[3]! - ticks[4]! }
}

function readOr<T, Other>(read: () => T, other: Other): T | Other {
  try {
    return read()
  } catch {
    return other
  }
}
