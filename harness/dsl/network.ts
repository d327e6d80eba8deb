import type { ClHandle } from '../world/world.ts'
import type { Run } from './run.ts'

/** A node's place in the gossip network. */
export interface ClNetwork {
  /** Cuts the connection to every peer, and refuses new ones, on both sides. Resolves when none is left. */
  isolate(): Promise<void>
  /** Connects again to every peer of the topology. Resolves when all are connected. */
  rejoin(): Promise<void>
  /** Waits until it is connected to every peer of the topology, without a hand in it. */
  joined(): Promise<void>
  /** Nodes of the topology that it is connected to. */
  peers(): Promise<readonly string[]>
}

export function createClNetwork(run: Run, node: ClHandle): ClNetwork {
  const { world } = run
  const peers = (): readonly ClHandle[] =>
    world.topology.gossip.flatMap(([a, b]) => {
      const other = a === node.name ? b : b === node.name ? a : undefined
      const peer = other === undefined ? undefined : world.cls.get(other)
      return peer === undefined ? [] : [peer]
    })

  const waitForPeers = (what: string, connected: boolean) =>
    run.wait({
      what: `${node.name}: ${what}`,
      expected: `${node.name} ${connected ? '' : 'not '}connected to ${peers()
        .map(({ name }) => name)
        .join(', ')}`,
      limits: run.limits('peers'),
      streams: [],
      async look() {
        const here = await node.gossip.connected()
        const sides = await Promise.all(
          peers().map(async ({ name, gossip }) => ({
            name,
            here: here.has(name),
            there: (await gossip.connected()).has(node.name),
          })),
        )
        return sides.every(({ here, there }) => here === connected && there === connected)
          ? { done: true, value: undefined }
          : {
              done: false,
              found: sides.map(({ name, here, there }) => `${name}: here ${here}, there ${there}`).join('; '),
            }
      },
    })

  return {
    joined: () => waitForPeers('is connected', true),
    peers: async () => [...(await node.gossip.connected())],
    async isolate() {
      await Promise.all(
        peers().flatMap((peer) => [node.gossip.block(peer.name), peer.gossip.block(node.name)]),
      )
      await waitForPeers('is isolated', false)
    },
    async rejoin() {
      await Promise.all(
        peers().flatMap((peer) => [node.gossip.unblock(peer.name), peer.gossip.unblock(node.name)]),
      )
      await Promise.all(peers().map((peer) => node.gossip.connect(peer.name)))
      await waitForPeers('is connected again', true)
    },
  }
}
