import { statSync } from 'node:fs'
import { hostname } from 'node:os'
import type Docker from 'dockerode'
import type { Launch } from '../../clients/client.ts'
import type { Driver } from '../driver.ts'
import { createDockerDriver } from './docker-driver.ts'
import { connectDocker, DockerError } from './engine.ts'
import { ensureImage, hasImage } from './image.ts'
import { imageFiles } from './image-files.ts'
import { labelsOfThisRunner, removeOrphans, removeRunContainers } from './labels.ts'
import { addressInNetwork } from './launch-in-container.ts'
import { createDockerNetwork } from './network.ts'

/** The containers of one run. */
export interface DockerRun {
  driverOf(component: ContainerComponent): Driver
  /** An address of 127.0.0.1 as a container reaches it: a URL, or `host:port`. */
  reachable(address: string): Promise<string>
  /** Removes every container and the network. */
  close(): Promise<void>
}

export interface ContainerComponent {
  readonly name: string
  readonly launch: Launch
  /** An image that starts the client by itself; undefined for the image of this project. */
  readonly image: string | undefined
  /** Ports that it listens on. */
  readonly ports: readonly number[]
  readonly logPath: string
}

export interface StartDockerRunOptions {
  readonly runId: string
  readonly projectRoot: string
  /** Images of clients that are no part of this project: they must be there already. */
  readonly images: readonly string[]
  readonly nowMs: () => number
}

/**
 * Removes what dead runs left in the engine, makes the image where it is missing, and the run's network.
 * @throws DockerUnusableError, DockerError
 */
export async function startDockerRun(options: StartDockerRunOptions): Promise<DockerRun> {
  const { projectRoot } = options
  const docker = await connectDocker()
  await removeOrphans(docker, hostname())
  await Promise.all(options.images.map((image) => requireImage(docker, image)))
  const ownImage = await ensureImage(docker, projectRoot, imageFiles(projectRoot))
  const run = labelsOfThisRunner(options.runId)
  const network = await createDockerNetwork(docker, run)
  return {
    driverOf: ({ image, ...component }) =>
      createDockerDriver({
        ...{ docker, network, run, projectRoot, isFile, nowMs: options.nowMs },
        ...component,
        image: image ?? ownImage,
        hasEntrypoint: image !== undefined,
      }),
    async reachable(address) {
      const { text, ports } = addressInNetwork(address, network.harnessAddress)
      await Promise.all(ports.map((port) => network.reach(port)))
      return text
    },
    async close() {
      // The containers first: an engine keeps a network that is in use.
      await removeRunContainers(docker, options.runId)
      await network.close()
    },
  }
}

/** What dead runs of this machine left in the engine, if there is one, is removed; nothing happens without one. */
export async function removeDockerOrphans(): Promise<readonly string[]> {
  return removeOrphans(await connectDocker(), hostname())
}

async function requireImage(docker: Docker, image: string): Promise<void> {
  if (await hasImage(docker, image)) return
  throw new DockerError(
    `the engine has no image ${image}, and none is pulled here: docker pull or docker load it first`,
  )
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}
