import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'

/**
 * A process, named so that a recycled pid is never mistaken for it. `startTime` is what the operating system says:
 * clock ticks since boot on Linux, the start date elsewhere.
 */
export interface ProcessIdentity {
  readonly pid: number
  readonly startTime: string
}

/** Who runs under this pid now; null when nobody does (a zombie counts as nobody). */
export function identifyProcess(pid: number): ProcessIdentity | null {
  const startTime = existsSync('/proc/self/stat') ? linuxStartTime(pid) : portableStartTime(pid)
  return startTime === null ? null : { pid, startTime }
}

/** True when exactly this process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startTime === identity.startTime
}

/**
 * Sends a signal to the process group that this process leads, or to the process alone when it leads none.
 * Nothing happens when it is gone or its pid belongs to another process now.
 */
export function signalGroup(identity: ProcessIdentity, signal: NodeJS.Signals): void {
  if (!isRunning(identity)) return
  for (const target of [-identity.pid, identity.pid]) {
    try {
      process.kill(target, signal)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  }
}

/** Field 22 of /proc/<pid>/stat, proc(5). The command (field 2) may hold spaces and parentheses: count from its end. */
function linuxStartTime(pid: number): string | null {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? null : (fields[19] ?? null)
}

function portableStartTime(pid: number): string | null {
  try {
    const text = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim()
    return text === '' || text.startsWith('Z') ? null : text.slice(text.indexOf(' ') + 1).trim()
  } catch {
    return null
  }
}
