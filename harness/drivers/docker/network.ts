import type Docker from 'dockerode'
import { DockerError, unless } from './engine.ts'
import { labelsOf, type RunLabels } from './labels.ts'
import { isLocal, type Relay, startRelay } from './relay.ts'

/**
 * The containers' network of one run. It is internal: nothing in it reaches the world, and only this machine reaches what
 * is in it. What the harness serves on 127.0.0.1 is relayed from the network's gateway, an address of this machine.
 */
export interface DockerNetwork {
  readonly id: string
  readonly name: string
  /** Where the harness is, for a container. */
  readonly harnessAddress: string
  /** Makes a port of 127.0.0.1 reachable at `harnessAddress`; once for each port. */
  reach(port: number): Promise<void>
  /** Ends the relays, and removes the network: its containers must be gone. */
  close(): Promise<void>
}

/** @throws DockerError when the engine is not on this machine: nobody could reach anything. */
export async function createDockerNetwork(docker: Docker, run: RunLabels): Promise<DockerNetwork> {
  const name = `lockstep-${run.runId}`
  const network = await docker.createNetwork({
    Name: name,
    Driver: 'bridge',
    Internal: true,
    CheckDuplicate: true,
    Labels: labelsOf(run),
  })
  const remove = () => unless([404], network.remove())
  try {
    const { IPAM } = (await network.inspect()) as { readonly IPAM?: { Config?: { Gateway?: string }[] } }
    const gateway = IPAM?.Config?.find(({ Gateway }) => Gateway !== undefined)?.Gateway?.split('/')[0]
    if (gateway === undefined) throw new DockerError(`the engine gave network ${name} no gateway`)
    if (!(await isLocal(gateway)))
      throw new DockerError(
        `the engine is not on this machine: ${gateway}, the gateway of its network, is no address of it. Containers could not reach the harness; run lockstep where the engine runs`,
      )
    const relays = new Map<number, Promise<Relay>>()
    return {
      ...{ id: network.id, name, harnessAddress: gateway },
      async reach(port) {
        const found = relays.get(port)
        const relay = found ?? startRelay({ host: gateway, port }, { host: '127.0.0.1', port })
        relays.set(port, relay)
        await relay
      },
      async close() {
        const started = await Promise.allSettled(relays.values())
        await Promise.all(started.map((one) => (one.status === 'fulfilled' ? one.value.close() : undefined)))
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}
