import { closeSync, openSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { tailOfLog } from './log-tail.ts'
import { identifyProcess, type ProcessIdentity, signalGroup } from './process-identity.ts'

/** How a process ended. Exactly one of `exitCode` and `signal` is set, unless it could not be started at all. */
export interface ProcessExit {
  readonly exitCode: number | null
  readonly signal: string | null
  /** True when `stop` asked for it. */
  readonly wanted: boolean
}

export interface StartProcessOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Standard output and error are appended here by the child itself: no byte passes through the harness. */
  readonly logPath: string
  /** Called in the same tick in which the process came to be, so that the registry knows it before anything can fail. */
  readonly onSpawn: (identity: ProcessIdentity) => void
  /** After SIGTERM the process has this long before its group gets SIGKILL. Default 3 000. */
  readonly stopMs?: number
  /**
   * Talks with the program in lines: it reads what `send` sends on its standard input, which ends with this process, and
   * writes to descriptor 3. Without it, it reads nothing.
   */
  readonly onLine?: (line: string) => void
}

export interface RunningProcess {
  readonly name: string
  readonly pid: number
  readonly logPath: string
  /** Resolves, never rejects, when the process is gone. */
  readonly exited: Promise<ProcessExit>
  /** The last lines it logged, oldest first. */
  tail(linesMax: number): readonly string[]
  /** SIGTERM, wait, SIGKILL to the whole process group. Resolves when nothing of it runs any more. */
  stop(): Promise<ProcessExit>
  /** SIGKILL at once, to the whole process group. */
  kill(): Promise<ProcessExit>
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
  /** One line. Lost when the process is gone, which `exited` tells. */
  send(line: string): void
}

/** The program could not be started. */
export class ProcessStartError extends Error {
  override readonly name = 'ProcessStartError'
}

/**
 * Starts a program as the leader of its own process group.
 * @throws ProcessStartError when the operating system refuses, for example because the program does not exist.
 */
export async function startProcess(options: StartProcessOptions): Promise<RunningProcess> {
  // A plain descriptor: execa's types name only the standard ones, child_process takes any.
  const log = openSync(options.logPath, 'a', 0o644) as 1
  // Own group: a Ctrl-C in the terminal reaches the harness alone, which then stops everything in order.
  const child = execa(options.command, [...options.args], {
    cwd: options.cwd,
    env: options.env,
    stdio: options.onLine === undefined ? ['ignore', log, log] : ['pipe', log, log, 'pipe'],
    buffer: false,
    detached: true,
    cleanup: false,
    reject: false,
  })
  closeSync(log)
  const { pid } = child
  const identity = pid === undefined ? null : identifyProcess(pid)
  if (pid === undefined || identity === null) {
    const result = await child
    throw new ProcessStartError(
      `${options.name}: cannot start ${options.command}: ${result.originalMessage ?? result.shortMessage ?? 'it ended at once'}`,
    )
  }
  try {
    options.onSpawn(identity)
  } catch (error) {
    // Whoever could not take note of it would not end it either.
    signalGroup(identity, 'SIGKILL')
    await child
    throw error
  }
  const { stdin } = child
  const lines = child.stdio[3]
  if (options.onLine !== undefined && lines instanceof Readable)
    createInterface({ input: lines }).on('line', options.onLine)
  // Who writes to a program that is gone learns it by `exited`.
  stdin?.on('error', () => {})

  let wanted = false
  const exited = child.then(
    (result): ProcessExit => ({ exitCode: result.exitCode ?? null, signal: result.signal ?? null, wanted }),
  )

  async function end(first: 'SIGTERM' | 'SIGKILL'): Promise<ProcessExit> {
    wanted = true
    signalGroup(identity as ProcessIdentity, first)
    if (!(await settlesWithin(exited, options.stopMs ?? 3_000))) {
      signalGroup(identity as ProcessIdentity, 'SIGKILL')
    }
    const exit = await exited
    killGroupRemains(pid as number)
    return exit
  }

  return {
    name: options.name,
    pid,
    logPath: options.logPath,
    exited,
    tail: (linesMax) => tailOfLog(options.logPath, linesMax),
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    pause: () => signalGroup(identity, 'SIGSTOP'),
    resume: () => signalGroup(identity, 'SIGCONT'),
    send(line) {
      stdin?.write(`${line}\n`)
    },
  }
}

/** The leader is gone; what it started may not be. A group id cannot be recycled while a member lives. */
function killGroupRemains(pid: number): void {
  if (identifyProcess(pid) !== null) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // No such group: nothing remained.
  }
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  try {
    return await Promise.race([promise.then(() => true), late])
  } finally {
    clearTimeout(timer)
  }
}

/** For error messages: "exit code 1" or "signal SIGKILL". */
export function describeExit(exit: ProcessExit): string {
  return exit.signal !== null ? `signal ${exit.signal}` : `exit code ${exit.exitCode}`
}
