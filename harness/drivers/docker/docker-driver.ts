import type Docker from 'dockerode'
import type { Launch } from '../../clients/client.ts'
import type { ComponentExit, Driver, RunningComponent } from '../driver.ts'
import { archiveOf } from './archive.ts'
import { followContainerLog } from './container-log.ts'
import { DockerError, messageOf, statusOf, unless } from './engine.ts'
import { labelsOf, type RunLabels, removeContainer } from './labels.ts'
import { launchInContainer } from './launch-in-container.ts'
import type { DockerNetwork } from './network.ts'
import { type Relay, startRelay } from './relay.ts'

export interface DockerDriverOptions {
  readonly docker: Docker
  readonly network: DockerNetwork
  readonly run: RunLabels
  readonly name: string
  readonly launch: Launch
  readonly image: string
  /** Whether the image starts its client by itself, and takes only flags. */
  readonly hasEntrypoint: boolean
  /** Ports that it listens on: each is the same port of 127.0.0.1 here. */
  readonly ports: readonly number[]
  readonly logPath: string
  readonly projectRoot: string
  readonly isFile: (path: string) => boolean
  readonly nowMs: () => number
}

/** After SIGTERM a container has this long before it gets SIGKILL, as a process has. */
const stopSeconds = 3

/** Runs the component in a container, which keeps what it stored from one start to the next, until it is wiped. */
export function createDockerDriver(options: DockerDriverOptions): Driver {
  const { docker, name, network } = options
  let id: string | null = null

  const refuse = (doing: string, error: unknown) =>
    new DockerError(`${name}: the engine cannot ${doing}: ${messageOf(error)}`, { cause: error })

  async function create(): Promise<string> {
    const launch = launchInContainer(options.launch, {
      harnessAddress: network.harnessAddress,
      projectRoot: options.projectRoot,
      execPath: process.execPath,
      isFile: options.isFile,
    })
    await Promise.all(launch.reachedPorts.map((port) => network.reach(port)))
    const container = await docker.createContainer({
      name: `${network.name}-${name}`,
      Image: options.image,
      ...(options.hasEntrypoint ? {} : { Entrypoint: [launch.command] }),
      Cmd: [...launch.args],
      Env: [...launch.env],
      Labels: labelsOf(options.run, name),
      HostConfig: { NetworkMode: network.name, RestartPolicy: { Name: 'no' } },
    })
    const files = launch.files.map((file) => ({
      path: file.slice(1),
      // Secrets are readable by the owner alone, who is root there too.
      mode: file === launch.command ? 0o755 : 0o600,
      content: { file },
    }))
    if (files.length > 0) await container.putArchive(archiveOf(files), { path: '/' })
    return container.id
  }

  async function address(container: string): Promise<string> {
    const { NetworkSettings } = await docker.getContainer(container).inspect()
    const found = NetworkSettings.Networks[network.name]?.IPAddress
    if (found === undefined || found === '')
      throw new DockerError(`${name}: its container has no address in ${network.name}: it ended at once`)
    return found
  }

  async function launch(): Promise<RunningComponent> {
    const container = await (id === null ? create() : Promise.resolve(id)).catch((error) => {
      throw refuse('make its container', error)
    })
    id = container
    const startedMs = options.nowMs()
    try {
      await docker.getContainer(container).start()
    } catch (error) {
      throw refuse('start its container', error)
    }
    let running = true
    let wanted = false
    const log = followContainerLog(docker, container, {
      logPath: options.logPath,
      sinceSeconds: startedMs / 1000,
      nowSeconds: () => options.nowMs() / 1000,
    })
    const relays: Relay[] = []
    const exited = endOf(docker, container).then(async (reason): Promise<ComponentExit> => {
      running = false
      await Promise.all(relays.map((relay) => relay.close()))
      await log.done
      return { reason, wanted }
    })
    try {
      const host = await address(container)
      for (const port of options.ports)
        relays.push(await startRelay({ host: '127.0.0.1', port }, { host, port }))
    } catch (error) {
      // What ended at once has no address; its exit says why.
      if (running && !(error instanceof DockerError)) {
        wanted = true
        await removeContainer(docker, container)
        id = null
        throw error
      }
    }
    const end = async (call: Promise<unknown>) => {
      wanted = true
      // 304: it is stopped already; 404 and 409: it is gone.
      await unless([304, 404, 409], call)
      await exited
    }
    return {
      pid: null,
      exited,
      stop: () => end(docker.getContainer(container).stop({ t: stopSeconds })),
      kill: () => end(docker.getContainer(container).kill()),
      pause: async () => void (await docker.getContainer(container).pause()),
      resume: async () => void (await docker.getContainer(container).unpause()),
    }
  }

  return {
    kind: 'docker',
    can: new Set(['start', 'stop', 'kill', 'pause', 'wipe']),
    launch,
    async wipe() {
      if (id !== null) await removeContainer(docker, id)
      id = null
    },
  }
}

const waitTriesMax = 100
const waitPauseMs = 100

/**
 * Resolves, never rejects, when the container has ended, with how. The engine holds the question until then; when that
 * connection breaks, it is asked again.
 */
async function endOf(docker: Docker, id: string): Promise<string> {
  for (let tries = 1; ; tries++) {
    try {
      const { StatusCode } = (await docker.getContainer(id).wait()) as { readonly StatusCode: number }
      return describeStatus(StatusCode)
    } catch (error) {
      if (statusOf(error) === 404) return 'its container removed'
      if (tries >= waitTriesMax) return `nothing known of it: the engine answers ${messageOf(error)}`
    }
    await new Promise((resolve) => setTimeout(resolve, waitPauseMs))
  }
}

/** Above 128 stands the number of the signal that ended it. */
export function describeStatus(status: number): string {
  const signals: Readonly<Record<number, string>> = {
    130: 'SIGINT',
    134: 'SIGABRT',
    137: 'SIGKILL',
    139: 'SIGSEGV',
    143: 'SIGTERM',
  }
  const signal = signals[status]
  return signal === undefined ? `exit code ${status}` : `signal ${signal}`
}
