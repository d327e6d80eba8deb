import type { Clock } from '../../../node/ports/clock.ts'
import type { Launch } from '../../clients/client.ts'
import { describeExit, type ProcessExit, type RunningProcess, startProcess } from '../../drivers/process.ts'
import type { EventStream } from '../../events/stream.ts'
import { ComponentError } from '../component-error.ts'
import type { RunRegistry } from './registry.ts'

/** A component that is a process: it is started, becomes ready, and is stopped, any number of times. */
export interface ManagedProcess {
  readonly name: string
  /** Null while it does not run. */
  readonly pid: number | null
  /** How often it was started. */
  readonly starts: number
  readonly logPath: string
  /**
   * Starts the program and resolves when it serves.
   * @throws ComponentError as soon as it ends, or when it does not serve in time; with its last log lines.
   */
  start(): Promise<void>
  /** SIGTERM, then SIGKILL. Nothing happens when it does not run. */
  stop(): Promise<void>
  /** SIGKILL. */
  kill(): Promise<void>
  /** SIGSTOP and SIGCONT. */
  pause(): void
  resume(): void
}

export interface ManagedProcessOptions {
  readonly name: string
  readonly launch: Launch
  /** What must have happened before each start; null for nothing. */
  readonly before?: (() => Promise<void>) | null
  readonly url: string
  readonly logPath: string
  readonly directory: string
  readonly registry: RunRegistry
  readonly events: EventStream
  readonly clock: Clock
  /** Resolves when the program answers; rejects when it does not yet. */
  readonly probe: (signal: AbortSignal) => Promise<unknown>
  readonly readyMsMax: number
  /** It ended although nobody had asked it to, after it was ready. */
  readonly onUnexpectedExit: (error: ComponentError) => void
}

const probePeriodMs = 15
const logLinesShown = 15

export function createManagedProcess(options: ManagedProcessOptions): ManagedProcess {
  const { name, events, clock, launch } = options
  let running: RunningProcess | null = null
  /** Between the call of `start` and its end: nothing runs yet, and a second program must not come beside it. */
  let starting = false
  let starts = 0

  function ended(process: RunningProcess, exit: ProcessExit, doing: string): ComponentError {
    return new ComponentError(name, `ended with ${describeExit(exit)} ${doing}`, {
      logPath: process.logPath,
      lastLines: process.tail(logLinesShown),
    })
  }

  async function waitUntilReady(process: RunningProcess): Promise<void> {
    const over = new AbortController()
    const deadlineMs = clock.nowMs() + options.readyMsMax
    let lastError: unknown
    const probing = async () => {
      while (!over.signal.aborted) {
        try {
          await options.probe(over.signal)
          return 'ready' as const
        } catch (error) {
          lastError = error
        }
        if (clock.nowMs() > deadlineMs) return 'late' as const
        await clock.sleep(probePeriodMs, over.signal).catch(() => {})
      }
      return 'late' as const
    }
    const outcome = await Promise.race([probing(), process.exited])
    over.abort()
    if (outcome === 'ready') return
    if (outcome !== 'late') throw ended(process, outcome, 'while it was starting')
    throw new ComponentError(
      name,
      `did not serve ${options.url} within ${options.readyMsMax} ms: ${lastError instanceof Error ? lastError.message : lastError}`,
      { logPath: process.logPath, lastLines: process.tail(logLinesShown) },
    )
  }

  async function end(how: 'stop' | 'kill'): Promise<void> {
    const process = running
    if (process === null) return
    running = null
    events.record({ kind: 'component', component: name, action: 'stop', pid: process.pid })
    await process[how]()
  }

  async function launchAndWait(): Promise<void> {
    await options.before?.()
    starts++
    const startedMs = clock.nowMs()
    const process = await startProcess({
      name,
      ...launch,
      cwd: options.directory,
      logPath: options.logPath,
      onSpawn: (identity) => options.registry.add(name, identity),
    })
    running = process
    events.record({ kind: 'component', component: name, action: 'start', pid: process.pid })
    let ready = false
    void process.exited.then((exit) => {
      const reason = describeExit(exit)
      events.record({ kind: 'component', component: name, action: 'exit', pid: process.pid, reason })
      if (running === process) running = null
      if (ready && !exit.wanted) options.onUnexpectedExit(ended(process, exit, 'by itself'))
    })
    await waitUntilReady(process)
    ready = true
    const durationMs = clock.nowMs() - startedMs
    events.record({ kind: 'component', component: name, action: 'ready', durationMs, url: options.url })
  }

  return {
    name,
    logPath: options.logPath,
    get pid() {
      return running?.pid ?? null
    },
    get starts() {
      return starts
    },
    async start() {
      if (running !== null) throw new ComponentError(name, 'runs already')
      if (starting) throw new ComponentError(name, 'is being started already')
      starting = true
      try {
        await launchAndWait()
      } finally {
        starting = false
      }
    },
    stop: () => end('stop'),
    kill: () => end('kill'),
    pause: () => running?.pause(),
    resume: () => running?.resume(),
  }
}
