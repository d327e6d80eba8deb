import type { Launch } from '../../clients/client.ts'

export interface ContainerPlan {
  /** The address that stands for the harness in the container's network. */
  readonly harnessAddress: string
  /** Where this project is here; in the image it is at `projectRoot`. */
  readonly projectRoot: string
  /** The Node.js that runs the harness; in the image there is npm's. */
  readonly execPath: string
  /** Whether that is a file here. */
  readonly isFile: (path: string) => boolean
  /** Environment variables of the harness's machine that mean nothing there. */
  readonly dropped?: readonly string[]
}

export interface LaunchInContainer {
  readonly command: string
  readonly args: readonly string[]
  readonly env: readonly string[]
  /** Ports of the harness's machine that it is told of: they must be reached at `harnessAddress`. */
  readonly reachedPorts: readonly number[]
  /** Files of the harness's machine that it is told of: they must be at the same path in the container. */
  readonly files: readonly string[]
}

/** Where this project is in the image. */
export const imageRoot = '/lockstep'
export const imageNode = `${imageRoot}/node_modules/node/bin/node`

/**
 * The same launch for a program with a file system and a network of its own. Everything on 127.0.0.1 that it is told of is
 * at the harness's address instead, URLs and multiaddrs alike; the project's own files are those of the image; other
 * files keep their path.
 */
export function launchInContainer(launch: Launch, plan: ContainerPlan): LaunchInContainer {
  const ports = new Set<number>()
  const files = new Set<string>()
  const { harnessAddress, projectRoot, execPath, isFile, dropped = ['NODE_COMPILE_CACHE'] } = plan

  function translate(text: string): string {
    if (text === execPath) return imageNode
    if (text.startsWith(`${projectRoot}/`)) {
      const inside = text.slice(projectRoot.length)
      // A run directory may be inside the project: what is in it is no part of the image.
      if (!inside.startsWith('/.')) return `${imageRoot}${inside}`
    }
    for (const [path] of text.matchAll(/\/[^\s=,:;"']+/g)) if (isFile(path)) files.add(path)
    const inNetwork = addressInNetwork(text, harnessAddress)
    for (const port of inNetwork.ports) ports.add(port)
    return inNetwork.text
  }

  return {
    command: translate(launch.command),
    args: launch.args.map(translate),
    env: Object.entries(launch.env)
      .filter(([name]) => !dropped.includes(name))
      .map(([name, value]) => `${name}=${translate(value)}`),
    reachedPorts: [...ports].sort((a, b) => a - b),
    files: [...files].sort(),
  }
}

/** Every 127.0.0.1 with a port, and every /ip4/127.0.0.1/tcp/ multiaddr, at another address; and those ports. */
export function addressInNetwork(
  text: string,
  address: string,
): { readonly text: string; readonly ports: readonly number[] } {
  const ports: number[] = []
  const moved = text.replaceAll(/\b127\.0\.0\.1(:|\/tcp\/)(\d+)/g, (_, between: string, port: string) => {
    ports.push(Number(port))
    return `${address}${between}${port}`
  })
  return { text: moved, ports }
}
