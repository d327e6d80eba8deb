import { packageRoot } from '../../../node/adapters/files/package-root.ts'
import type { Clock } from '../../../node/ports/clock.ts'
import type { Launch, OwnCommand } from '../../clients/client.ts'
import { launchHost } from '../../clients/own-program.ts'
import { createAttachDriver } from '../../drivers/attach-driver.ts'
import { startDockerRun } from '../../drivers/docker/docker-run.ts'
import type { Driver } from '../../drivers/driver.ts'
import { type Host, startHost } from '../../drivers/host/host.ts'
import { tailOfLog } from '../../drivers/log-tail.ts'
import { describeExit } from '../../drivers/process.ts'
import { createProcessDriver } from '../../drivers/process-driver.ts'
import type { EventStream } from '../../events/stream.ts'
import { ComponentError } from '../component-error.ts'
import type { RunDirectory } from '../run-directory.ts'
import type { RunRegistry } from './registry.ts'

/** How each component of a system is run. */
export interface Drivers {
  driverOf(component: DrivenComponent): Driver
  /** Where a component listens: an address of the network that it is in. */
  readonly listenAddress: string
  /** An address of 127.0.0.1 as a component reaches it. */
  reachable(address: string): Promise<string>
  /** Ends the host, when there is one; everything in it should be stopped by then. */
  stop(): Promise<void>
}

export interface DrivenComponent {
  readonly name: string
  readonly launch: Launch
  /** Of its client. */
  readonly kind: string
  /** Ports that it listens on. */
  readonly ports: readonly number[]
  /** Where it serves. */
  readonly url: string
}

export interface StartDriversOptions {
  readonly directory: RunDirectory
  readonly registry: RunRegistry
  readonly events: EventStream
  /** The components that share a process, as far as they are programs of ours. */
  readonly hosted: ReadonlySet<string>
  /** Components that somebody else starts. */
  readonly attached: ReadonlySet<string>
  /** What the host loads before it is told what to run. */
  readonly commands: readonly OwnCommand[]
  readonly onUnexpectedExit: (error: ComponentError) => void
  /** Everything runs in containers, each client in the image that was chosen for its kind. */
  readonly docker: {
    readonly image: (kind: string) => string | undefined
    readonly kinds: readonly string[]
  } | null
  readonly clock: Clock
}

const hostName = 'host'

/** Starts the host, if anything is to run in it: it loads its programs while the chain is generated. */
export async function startDrivers(options: StartDriversOptions): Promise<Drivers> {
  const drivers = await startManaged(options)
  const { attached, directory, events } = options
  return {
    ...drivers,
    driverOf: (component) =>
      attached.has(component.name)
        ? createAttachDriver({
            ...component,
            write: (file, script) => directory.write(file, script, 'executable'),
            tell: (script) =>
              events.record({
                ...{ kind: 'component', component: component.name, action: 'await' },
                ...{ url: component.url, reason: script },
              }),
          })
        : drivers.driverOf(component),
  }
}

async function startManaged(options: StartDriversOptions): Promise<Drivers> {
  const { directory, registry, hosted } = options
  if (options.docker !== null) return startContainers(directory, options.clock, options.docker)
  const host = hosted.size === 0 ? null : await startHostOf(options)
  return {
    driverOf({ name, launch }) {
      const logPath = directory.logPath(name)
      return host !== null && hosted.has(name) && launch.own !== undefined
        ? host.driverOf({ name, program: launch.own, logPath })
        : createProcessDriver({
            ...{ name, launch, logPath },
            cwd: directory.path,
            onSpawn: (identity) => registry.add(name, identity),
          })
    },
    listenAddress: '127.0.0.1',
    reachable: async (address) => address,
    stop: async () => host?.stop(),
  }
}

async function startContainers(
  directory: RunDirectory,
  clock: Clock,
  { image, kinds }: NonNullable<StartDriversOptions['docker']>,
): Promise<Drivers> {
  const run = await startDockerRun({
    runId: directory.runId,
    projectRoot: packageRoot,
    images: [...new Set(kinds.flatMap((kind) => image(kind) ?? []))],
    nowMs: () => clock.nowMs(),
  })
  return {
    driverOf: ({ kind, ...component }) =>
      run.driverOf({ ...component, image: image(kind), logPath: directory.logPath(component.name) }),
    listenAddress: '0.0.0.0',
    reachable: (address) => run.reachable(address),
    stop: () => run.close(),
  }
}

async function startHostOf(options: StartDriversOptions): Promise<Host> {
  const { directory, registry, events, commands } = options
  const logPath = directory.logPath(hostName)
  return startHost({
    name: hostName,
    launch: launchHost(commands),
    cwd: directory.path,
    logPath,
    onSpawn(identity) {
      registry.add(hostName, identity)
      events.record({ kind: 'component', component: hostName, action: 'start', pid: identity.pid })
    },
    onExit(exit) {
      const reason = describeExit(exit)
      events.record({ kind: 'component', component: hostName, action: 'exit', reason })
      if (exit.wanted) return
      const lastLines = tailOfLog(logPath, 15)
      options.onUnexpectedExit(
        new ComponentError(hostName, `ended with ${reason} by itself`, { logPath, lastLines }),
      )
    },
  })
}
