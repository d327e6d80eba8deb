import { readFileSync } from 'node:fs'

/** A process as Linux knows it: a number is given again later, a number with its start time is not. */
export interface Ancestor {
  readonly pid: number
  readonly parentPid: number
  /** In clock ticks since boot. */
  readonly startTime: string
  /** Its arguments, separated by spaces. */
  readonly commandLine: string
}

/** Longest chain from npm to us: npm, its shell, the launcher. */
const ancestorsMax = 6

/**
 * The processes between us and the npm that started us (`npx`, `npm start`), npm included, the nearest first. Empty when
 * anything but shells lies between: whoever starts us in another way reaches us with its signals, stops us itself (a
 * devstack its programs), or leaves us running on purpose.
 *
 * @param launched the parent is the launcher for an old Node.js.
 */
export function npmAncestors(
  parentPid: number,
  launched: boolean,
  read: (pid: number) => Ancestor | null = readAncestor,
): readonly Ancestor[] {
  const chain: Ancestor[] = []
  for (let pid = parentPid; pid > 1 && chain.length < ancestorsMax; ) {
    const ancestor = read(pid)
    if (ancestor === null) return []
    const isLauncher = launched && chain.length === 0
    chain.push(ancestor)
    if (/(^|[ /])(npm|npx)([- ./]|$)/.test(ancestor.commandLine)) return chain
    if (!isLauncher && !/^(\S*\/)?(ba|da|z)?sh( |$)/.test(ancestor.commandLine)) return []
    pid = ancestor.parentPid
  }
  return []
}

/** True when one of them has ended, so that no signal of npm's can reach us any more. */
export function isCutOff(
  ancestors: readonly Ancestor[],
  read: (pid: number) => Ancestor | null = readAncestor,
): boolean {
  return ancestors.some(({ pid, startTime }) => read(pid)?.startTime !== startTime)
}

/** Null when there is no such process, it has ended and only waits for its parent, or this is no Linux. */
export function readAncestor(pid: number): Ancestor | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The name, in parentheses, may hold anything. Source: proc_pid_stat(5).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const [state, parentPid] = fields
    if (state === 'Z' || state === 'X') return null
    const commandLine = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
    return { pid, parentPid: Number(parentPid), startTime: fields[19] ?? '', commandLine }
  } catch {
    return null
  }
}

const lookMs = 250

/**
 * Sends SIGTERM to this process once npm, or a shell or launcher between npm and us, is gone: npm ends by a signal
 * without passing it on, and its shell does not pass on what it gets.
 */
export function endWithNpm(): void {
  const ancestors = npmAncestors(process.ppid, process.channel !== undefined)
  if (ancestors.length === 0) return
  const timer = setInterval(() => {
    if (!isCutOff(ancestors)) return
    clearInterval(timer)
    process.kill(process.pid, 'SIGTERM')
  }, lookMs)
  timer.unref()
}
