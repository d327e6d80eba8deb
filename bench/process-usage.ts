import { readFileSync } from 'node:fs'
import { processorMs } from '../harness/drivers/processor-time.ts'

export interface ProcessUsage {
  /** User and system time of all its threads. */
  readonly cpuSeconds: number
  readonly residentMiB: number
  readonly peakResidentMiB: number
}

/** What a process has used so far. @throws when there is none with that id, or no `/proc`. */
export function processUsage(pid: number): ProcessUsage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const mebibytes = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1024)
  return {
    cpuSeconds: processorMs(pid) / 1000,
    residentMiB: mebibytes('VmRSS'),
    peakResidentMiB: mebibytes('VmHWM'),
  }
}
