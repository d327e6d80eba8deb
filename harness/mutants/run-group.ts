import { spawn } from 'node:child_process'

/** How a program ended. */
export interface Ended {
  /** Null when it was killed because it took too long. */
  readonly exitCode: number | null
  /** What it wrote to both outputs, the end of it when that was much. */
  readonly output: string
}

export interface RunGroupOptions {
  readonly directory: string
  /** The program is killed, with all that it started, after so many milliseconds. */
  readonly limitMs: number
  readonly signal: AbortSignal
}

const outputCharactersMax = 64 * 1024

/** How long a program that is told to end may take, in milliseconds: a scenario stops its devstack first. */
const endMs = 15_000

/**
 * Runs a Node.js program in a process group of its own, which ends as a whole: at the limit, with the signal, and with
 * the program.
 * @throws the signal's reason.
 */
export async function runGroup(arguments_: readonly string[], options: RunGroupOptions): Promise<Ended> {
  const { directory, limitMs, signal } = options
  signal.throwIfAborted()
  // The outer run's own variables say where its results go.
  const { LOCKSTEP_TEST_REPORT: _report, ...env } = process.env
  const child = spawn(process.execPath, arguments_, {
    cwd: directory,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-outputCharactersMax)
    })
  const kill = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // The group has ended.
    }
  }
  let tooLong = false
  let hardKill: NodeJS.Timeout | undefined
  const end = () => {
    kill('SIGTERM')
    hardKill ??= setTimeout(() => kill('SIGKILL'), endMs)
  }
  const limit = setTimeout(() => {
    tooLong = true
    end()
  }, limitMs)
  signal.addEventListener('abort', end, { once: true })
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    signal.throwIfAborted()
    return { exitCode: tooLong ? null : exitCode, output }
  } finally {
    clearTimeout(limit)
    clearTimeout(hardKill)
    signal.removeEventListener('abort', end)
    kill('SIGKILL')
  }
}
