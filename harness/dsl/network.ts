import type { ClComponent } from '../world/live/components.ts'
import { connectedPeers, peerIdOf } from '../world/live/sequencing.ts'
import type { Run } from './run.ts'

/** A node's place in the gossip network. */
export interface ClNetwork {
  /** Cuts the connection to every peer, and refuses new ones, on both sides. Resolves when none is left. */
  isolate(): Promise<void>
  /** Connects again to every peer of the topology. Resolves when all are connected. */
  rejoin(): Promise<void>
  /** Waits until it is connected to every peer of the topology, without a hand in it. */
  joined(): Promise<void>
  /** Peer ids that it is connected to. */
  peers(): Promise<readonly string[]>
}

export function createClNetwork(run: Run, node: ClComponent): ClNetwork {
  const { system } = run
  const peers = (): readonly ClComponent[] =>
    system.topology.gossip.flatMap(([a, b]) => {
      const other = a === node.name ? b : b === node.name ? a : undefined
      const peer = other === undefined ? undefined : system.cls.get(other)
      return peer === undefined ? [] : [peer]
    })

  const call = (on: ClComponent, method: string, parameter: string) =>
    on.rpc.request(`opp2p_${method}`, [parameter])

  /** op-node's `disconnectPeer` also lifts a block: disconnect first. */
  async function cut(on: ClComponent, from: ClComponent): Promise<void> {
    await call(on, 'disconnectPeer', peerIdOf(from)).catch(() => {
      // Not connected (any more): the other side was quicker.
    })
    await call(on, 'blockPeer', peerIdOf(from))
  }

  const waitForPeers = (what: string, connected: boolean) =>
    run.wait({
      what: `${node.name}: ${what}`,
      expected: `${node.name} ${connected ? '' : 'not '}connected to ${peers()
        .map(({ name }) => name)
        .join(', ')}`,
      limits: run.limits('peers'),
      streams: [],
      async look() {
        const sides = await Promise.all(
          peers().map(async (peer) => ({
            peer,
            here: (await connectedPeers(node)).includes(peerIdOf(peer)),
            there: (await connectedPeers(peer)).includes(peerIdOf(node)),
          })),
        )
        return sides.every(({ here, there }) => here === connected && there === connected)
          ? { done: true, value: undefined }
          : {
              done: false,
              found: sides
                .map(({ peer, here, there }) => `${peer.name}: here ${here}, there ${there}`)
                .join('; '),
            }
      },
    })

  return {
    joined: () => waitForPeers('is connected', true),
    peers: () => connectedPeers(node),
    async isolate() {
      await Promise.all(peers().flatMap((peer) => [cut(node, peer), cut(peer, node)]))
      await waitForPeers('is isolated', false)
    },
    async rejoin() {
      await Promise.all(
        peers().flatMap((peer) => [
          call(node, 'unblockPeer', peerIdOf(peer)),
          call(peer, 'unblockPeer', peerIdOf(node)),
        ]),
      )
      await Promise.all(
        peers().map((peer) => call(node, 'connectPeer', node.peerAddresses.get(peer.name) ?? peer.multiaddr)),
      )
      await waitForPeers('is connected again', true)
    },
  }
}
