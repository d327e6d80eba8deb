import { openLibp2pTransport } from '../../node/adapters/libp2p/libp2p-transport.ts'
import { createSystemClock } from '../../node/adapters/system/system-clock.ts'
import type { GossipTransport } from '../../node/ports/gossip-transport.ts'
import { stranger, strangerSettings, topic, within } from './gossip-stranger.ts'

const clock = createSystemClock()
/** Between two attempts of one of the crowd, and of a newcomer, which is not as quick. */
const [crowdPauseMs, newcomerPauseMs] = [250, 1_000]

/** As many identities as that, each of which connects whenever it is not connected. The caller stops them. */
export async function startCrowd(address: string, count: number): Promise<{ stop(): Promise<void> }> {
  const over = new AbortController()
  const peers: GossipTransport[] = []
  const hold = async (peer: GossipTransport) => {
    while (!over.signal.aborted) {
      if (peer.connections().length === 0) await peer.dial(address, over.signal).catch(() => {})
      await clock.sleep(crowdPauseMs, over.signal).catch(() => {})
    }
  }
  const holding: Promise<void>[] = []
  const stop = async () => {
    over.abort()
    await Promise.all(holding)
    for (const peer of peers) await peer.stop()
  }
  for (let index = 0; index < count; index++) {
    const peer = await openLibp2pTransport(strangerSettings())
    peers.push(peer)
    await peer.start()
    peer.subscribe(topic, () => 'ignore')
    holding.push(hold(peer))
  }
  const connected = () => peers.filter((peer) => peer.connections().length > 0).length
  if (await within(() => connected() >= count / 2)) return { stop }
  await stop()
  throw new Error(`expected half of ${count} strangers to be connected, found ${connected()}`)
}

/** How long a peer that nobody knows needs to be connected and heard, in milliseconds; infinite after that time. */
export async function newcomerMs(address: string, signal: AbortSignal, limitMs: number): Promise<number> {
  const beganMs = clock.nowMs()
  while (clock.nowMs() - beganMs < limitMs) {
    const peer = await stranger(address, signal).catch(() => null)
    if (peer !== null) {
      const tookMs = clock.nowMs() - beganMs
      await peer.stop()
      return tookMs
    }
    await clock.sleep(newcomerPauseMs, signal)
  }
  return Number.POSITIVE_INFINITY
}
