import { createBackOff } from '../concurrency/back-off.ts'
import type { Clock } from '../ports/clock.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'

const firstMs = 250
const maxMs = 10_000

export interface StaticPeersOptions {
  /** Multiaddrs with `/p2p/<id>`. */
  readonly addresses: readonly string[]
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** Resolves when connected; a no-op when it already is. */
  readonly dial: (address: string, signal: AbortSignal) => Promise<void>
  readonly isConnected: (peerId: string) => boolean
  /** Resolves when the peer is disconnected. */
  readonly disconnected: (peerId: string, signal: AbortSignal) => Promise<void>
  /** False while the operator keeps the peer away: blocked, or disconnected by RPC. */
  readonly isWanted: (peerId: string) => boolean
}

/** The peer id at the end of a multiaddr. */
export function peerIdOf(address: string): string {
  return address.slice(address.lastIndexOf('/') + 1)
}

/**
 * Keeps the static peers connected until the signal aborts: dials at once, again after 250 ms, and then at doubling
 * intervals of at most 10 s, each a little shorter by chance: two nodes that name each other lose each other at the same
 * moment. The interval starts anew after every connection.
 */
export async function keepStaticPeers(options: StaticPeersOptions, signal: AbortSignal): Promise<void> {
  await Promise.all(options.addresses.map((address) => keepPeer(address, options, signal)))
}

async function keepPeer(address: string, options: StaticPeersOptions, signal: AbortSignal): Promise<void> {
  const { clock, random, logger, dial, isConnected, disconnected, isWanted } = options
  const peer = peerIdOf(address)
  const backOff = createBackOff({ firstMs, maxMs, random })
  let keptAway = false
  while (!signal.aborted) {
    try {
      if (isConnected(peer)) {
        backOff.reset()
        await disconnected(peer, signal)
        logger.info('static peer disconnected', { peer })
      } else if (isWanted(peer)) {
        await dial(address, signal)
        logger.info('static peer connected', { peer })
        keptAway = false
        continue
      } else if (!keptAway) {
        logger.info('static peer is kept away: blocked, or disconnected by RPC', { peer })
        keptAway = true
      }
    } catch (error) {
      if (signal.aborted) return
      logger.debug('static peer cannot be reached', { peer, address, error })
    }
    await clock.sleep(backOff.next(), signal).catch(() => {})
    // A peer that is kept away is asked about often, so that it comes back soon after it is wanted again.
    if (!isWanted(peer)) backOff.reset()
  }
}
