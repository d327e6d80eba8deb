import { AsyncLocalStorage } from 'node:async_hooks'
import { closeSync, openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type HostCommand, type HostReport, hostCommandSchema, reportDescriptor } from './host-protocol.ts'
import { enterRequestsOf } from './request-owner.ts'

/** What a host runs: a program that writes its log by `write`, and ends when `stop` aborts. */
export type HostedProgram = (args: readonly string[], ports: HostedPorts) => Promise<void>

export interface HostedPorts {
  /** Appends to the component's log. Synchronous: its last words are not lost. */
  readonly write: (text: string) => void
  readonly stop: AbortSignal
}

/** One component in this process. */
interface Hosted {
  readonly stop: AbortController
  /** Ends it for an error that nothing of its own handled. */
  crash(error: unknown): void
}

/** A stop that does not come to its end must not keep the process. */
const stopMsMax = 10_000

/**
 * Runs components in this process as the runner says on standard input. Resolves when a signal came,
 * or the runner is gone, and everything has ended.
 *
 * An error that nothing handles ends the component whose code it came out of, and that one alone; one that cannot be
 * told whose it is ends the process, with its stack on stderr.
 */
export async function serveHost(programs: Readonly<Record<string, HostedProgram>>): Promise<void> {
  const owner = new AsyncLocalStorage<Hosted>()
  enterRequestsOf(owner)
  const running = new Map<number, Hosted>()
  const idle = Promise.withResolvers<void>()
  const report = (message: HostReport) => {
    try {
      writeSync(reportDescriptor, `${JSON.stringify(message)}\n`)
    } catch {
      // The runner is gone: nobody wants to know.
    }
  }

  function start(command: Extract<HostCommand, { kind: 'start' }>): void {
    const log = openHostedLog(command.logPath)
    const stop = new AbortController()
    const crashed = Promise.withResolvers<void>()
    let crash: { readonly error: unknown } | null = null

    const run = async (): Promise<string | null> => {
      try {
        const program = programs[command.command]
        if (program === undefined) throw new Error(`a host knows no program ${command.command}`)
        const work = program(command.args, { write: log.write, stop: stop.signal })
        await Promise.race([work, crashed.promise])
        if (crash !== null) throw crash.error
        return null
      } catch (error) {
        const text = oneLine(crash === null ? error : crash.error)
        log.write(`lockstep ${command.command}: ${text}\n`)
        return text
      } finally {
        log.close()
      }
    }
    const hosted: Hosted = {
      stop,
      crash(error) {
        const text = error instanceof Error ? error.stack : String(error)
        log.write(`stopping: an error that nothing handled: ${text}\n`)
        if (crash !== null) return
        crash = { error }
        stop.abort(error)
        setTimeout(crashed.resolve, stopMsMax).unref()
      },
    }
    running.set(command.id, hosted)
    void owner.run(hosted, run).then((error) => {
      running.delete(command.id)
      report({ kind: 'exited', id: command.id, error })
      if (running.size === 0) idle.resolve()
    })
  }

  const commands = createInterface({ input: process.stdin })
  commands.on('line', (line) => {
    const command = hostCommandSchema.parse(JSON.parse(line))
    if (command.kind === 'start') start(command)
    else running.get(command.id)?.stop.abort(new Error('stopped by the runner'))
  })
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error) => {
      const hosted = owner.getStore()
      if (hosted !== undefined) return hosted.crash(error)
      process.stderr.write(
        `an error that nothing handled, of no known component: ${error instanceof Error ? error.stack : String(error)}\n`,
      )
      process.exit(1)
    })

  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
    // Its other end is closed when the runner is gone, however it went.
    commands.once('close', () => resolve())
  })
  setTimeout(() => process.exit(1), stopMsMax).unref()
  for (const { stop } of running.values()) stop.abort(new Error('the host stops'))
  if (running.size > 0) await idle.promise
}

interface HostedLog {
  write(text: string): void
  close(): void
}

function openHostedLog(path: string): HostedLog {
  const file = openSync(path, 'a', 0o644)
  let open = true
  return {
    write(text) {
      // After the end the number may be another file's.
      if (!open) return
      try {
        writeSync(file, text)
      } catch {
        // A full disk must not end the run: the log is an aid.
      }
    },
    close() {
      open = false
      closeSync(file)
    },
  }
}

/** One line, whatever the error holds. */
function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).replaceAll(/\s*\n\s*/g, ' ')
}
