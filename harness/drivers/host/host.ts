import type { Launch } from '../../clients/client.ts'
import type { ComponentExit, Driver } from '../driver.ts'
import { describeExit, type ProcessExit, startProcess } from '../process.ts'
import type { ProcessIdentity } from '../process-identity.ts'
import { type HostCommand, hostReportSchema } from './host-protocol.ts'

/** A process of ours that runs several components. */
export interface Host {
  /** Runs this component in the host. */
  driverOf(component: HostedComponent): Driver
  /** Ends it with all that it runs; resolves when it is gone. */
  stop(): Promise<void>
}

export interface HostedComponent {
  readonly name: string
  /** One that the host knows, and its flags. */
  readonly program: { readonly command: string; readonly args: readonly string[] }
  readonly logPath: string
}

export interface StartHostOptions {
  readonly name: string
  readonly launch: Launch
  readonly cwd: string
  /** What the host itself says; its components have logs of their own. */
  readonly logPath: string
  readonly onSpawn: (identity: ProcessIdentity) => void
  /** It is gone. Called before its components are known to be gone. */
  readonly onExit: (exit: ProcessExit) => void
}

/** As long as an engine and a node give themselves for their stop. */
const stopMsMax = 10_000

interface Start {
  readonly serving: PromiseWithResolvers<void>
  readonly exit: PromiseWithResolvers<ComponentExit>
  wanted: boolean
}

/**
 * Starts a host. It loads its programs while the caller goes on; a component that is launched meanwhile waits for that.
 * @throws ProcessStartError
 */
export async function startHost(options: StartHostOptions): Promise<Host> {
  const starts = new Map<number, Start>()
  let nextId = 0

  function finish(id: number, error: string | null): void {
    const start = starts.get(id)
    starts.delete(id)
    start?.exit.resolve({
      reason: error === null ? 'no error' : `an error: ${error}`,
      wanted: start.wanted,
    })
  }

  const process = await startProcess({
    name: options.name,
    ...options.launch,
    cwd: options.cwd,
    logPath: options.logPath,
    onSpawn: options.onSpawn,
    onLine(line) {
      const report = hostReportSchema.parse(JSON.parse(line))
      if (report.kind === 'serving') starts.get(report.id)?.serving.resolve()
      else finish(report.id, report.error)
    },
  })
  let gone: ProcessExit | null = null
  const ended = process.exited.then((exit) => {
    gone = exit
    options.onExit(exit)
    for (const id of starts.keys()) finish(id, `its host ended with ${describeExit(exit)}`)
  })
  const send = (command: HostCommand) => process.send(JSON.stringify(command))

  return {
    driverOf: ({ name, program, logPath }) => ({
      kind: 'in-process',
      can: new Set(['start', 'stop', 'wipe', 'relocate', 'skewClock']),
      otherwise: `it shares the process ${options.name} with others: name it in the option ownProcess: ['${name}']`,
      async launch(instead) {
        const { command, args } = instead?.own ?? program
        if (gone !== null)
          throw new Error(`cannot start ${name}: ${options.name} ended with ${describeExit(gone)}`)
        const id = nextId++
        const start: Start = {
          serving: Promise.withResolvers(),
          exit: Promise.withResolvers(),
          wanted: false,
        }
        starts.set(id, start)
        send({ kind: 'start', id, name, logPath, command, args: [...args] })
        const impossible = () => Promise.reject(new Error(`${name} has no process of its own`))
        return {
          pid: null,
          serving: start.serving.promise,
          exited: start.exit.promise,
          async stop() {
            start.wanted = true
            send({ kind: 'stop', id })
            const late = new Error(`${name} did not stop within ${stopMsMax} ms; its log: ${logPath}`)
            await within(start.exit.promise, stopMsMax, late)
          },
          ...{ kill: impossible, pause: impossible, resume: impossible },
        }
      },
    }),
    async stop() {
      await process.stop()
      await ended
    },
  }
}

/** @throws `late` when the promise has not settled by then. */
async function within(promise: Promise<unknown>, ms: number, late: Error): Promise<void> {
  const timeout = Promise.withResolvers<void>()
  const timer = setTimeout(() => timeout.reject(late), ms)
  try {
    await Promise.race([promise, timeout.promise])
  } finally {
    clearTimeout(timer)
  }
}
