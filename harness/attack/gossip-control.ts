import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2pHost } from '../../node/adapters/libp2p/libp2p-host.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { strangerSettings, topic, within } from './gossip-stranger.ts'

const random = createSystemRandom()
const ids = (count: number) => Array.from({ length: count }, () => random.bytes(20))

/** Fields of gossipsub's `ControlMessage` (libp2p specs, pubsub/gossipsub v1.2), those that are not named empty. */
type Control = Readonly<Record<string, readonly object[]>>

/**
 * What a peer can say without a message: the second as often as a packet of about 100 KB has room for, the first as often
 * as the library takes it.
 */
export const controlFloods: Readonly<Record<string, () => readonly Control[]>> = {
  IHAVE: () => [4_000, 6_000].map((count) => ({ ihave: [{ topicID: topic, messageIDs: ids(count) }] })),
  IWANT: () => [4_000, 6_000].map((count) => ({ iwant: [{ messageIDs: ids(count) }] })),
  GRAFT: () => [30, 2_000].map((count) => ({ graft: Array(count).fill({ topicID: topic }) })),
  PRUNE: () =>
    [30, 2_000].map((count) => ({ prune: Array(count).fill({ topicID: topic, peers: [], backoff: 1 }) })),
  IDONTWANT: () => [500, 4_000].map((count) => ({ idontwant: [{ messageIDs: ids(count) }] })),
}

/** A peer that sends control messages as they are. The caller stops it. */
export async function controlPeer(
  address: string,
  signal: AbortSignal,
): Promise<{ send(control: Control): void; stop(): Promise<void> }> {
  const host = await createLibp2pHost(strangerSettings())
  const { pubsub } = host.services
  const send = 'sendRpc' in pubsub ? pubsub.sendRpc : undefined
  if (typeof send !== 'function')
    throw new Error('expected gossipsub to have sendRpc: it is another version than package.json pins')
  try {
    await host.start()
    pubsub.subscribe(topic)
    const { remotePeer } = await host.dial(multiaddr(address), { signal })
    if (!(await within(() => pubsub.getSubscribers(topic).length > 0)))
      throw new Error('expected the victim to subscribe, it did not')
    const none = { ihave: [], iwant: [], graft: [], prune: [], idontwant: [] }
    return {
      send: (control) =>
        void send.call(pubsub, remotePeer.toString(), {
          ...{ subscriptions: [], messages: [] },
          control: { ...none, ...control },
        }),
      stop: async () => host.stop(),
    }
  } catch (error) {
    await host.stop()
    throw error
  }
}
