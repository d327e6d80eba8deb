import { openLibp2pTransport } from '../../node/adapters/libp2p/libp2p-transport.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import { createSystemRandom } from '../../node/adapters/system/system-random.ts'
import { peerScoring } from '../../node/network/gossip-scoring.ts'
import { blocksTopic } from '../../node/network/gossip-topics.ts'
import { testP2pConfig } from '../../node/network/testing/p2p-config.ts'
import type { GossipTransport, GossipTransportSettings } from '../../node/ports/gossip-transport.ts'

const clock = createSystemClock()
const random = createSystemRandom()
export const topic = blocksTopic(901n, 3)
const arrivalMsMax = 10_000

/** Of a peer with a key of its own that holds nothing against anybody. */
export const strangerSettings = (): GossipTransportSettings => ({
  ...{ listenHost: '127.0.0.1', listenPort: 0, privateKey: random.bytes(32), connectionsMax: 5 },
  gate: { refusesPeer: () => false, refusesIp: () => false },
  topics: [topic],
  // Its own ids cost it nothing.
  messageId: () => random.bytes(20),
  messageLengthMax: 10 * 2 ** 20,
  mesh: testP2pConfig().mesh,
  scoring: peerScoring('none', 2_000, () => 0),
  userAgent: 'stranger',
})

/** A peer that says what it likes. The caller stops it. */
export async function stranger(address: string, signal: AbortSignal): Promise<GossipTransport> {
  const peer = await openLibp2pTransport(strangerSettings())
  try {
    await peer.start()
    peer.subscribe(topic, () => 'ignore')
    await peer.dial(address, signal)
    if (!(await within(() => peer.subscribers(topic).length > 0)))
      throw new Error('expected the victim to subscribe, it did not')
    return peer
  } catch (error) {
    await peer.stop()
    throw error
  }
}

/** Whether it comes to be so in time. */
export async function within(
  isSo: () => boolean | Promise<boolean>,
  limitMs = arrivalMsMax,
): Promise<boolean> {
  const overMs = clock.nowMs() + limitMs
  for (;;) {
    if (await isSo()) return true
    if (clock.nowMs() >= overMs) return false
    await clock.sleep(10)
  }
}
