import { z } from 'zod'
import type { JsonRpcClient } from '../../node/json-rpc/client.ts'
import type { Clock } from '../../node/ports/clock.ts'
import type { EventStream } from '../events/stream.ts'

const peersSchema = z.looseObject({ peers: z.record(z.string(), z.unknown()) })

export interface WatchedPeers {
  readonly name: string
  readonly rpc: Pick<JsonRpcClient, 'request'>
  readonly peerId: string
}

export interface PeerWatchOptions {
  readonly nodes: readonly WatchedPeers[]
  readonly periodMs: number
  readonly clock: Clock
  readonly events: EventStream
}

/**
 * Asks every node for its gossip peers and records who came and who went. A node that does not answer has the peers that
 * it had: that it is away is told elsewhere. Returns what ends it.
 */
export function watchPeers(options: PeerWatchOptions): () => Promise<void> {
  const ended = new AbortController()
  const names = new Map(options.nodes.map(({ name, peerId }) => [peerId, name]))
  const running = Promise.all(options.nodes.map((node) => watchNode(node, names, options, ended.signal)))
  return async () => {
    ended.abort()
    await running
  }
}

async function watchNode(
  { name, rpc }: WatchedPeers,
  names: ReadonlyMap<string, string>,
  { clock, events, periodMs }: PeerWatchOptions,
  signal: AbortSignal,
): Promise<void> {
  let connected = new Set<string>()
  while (!signal.aborted) {
    const startedMs = clock.nowMs()
    try {
      const { peers } = peersSchema.parse(await rpc.request('opp2p_peers', [true], signal))
      const now = new Set(Object.keys(peers))
      for (const peer of now.difference(connected))
        events.record({ kind: 'peer', node: name, peer: names.get(peer) ?? peer, connected: true })
      for (const peer of connected.difference(now))
        events.record({ kind: 'peer', node: name, peer: names.get(peer) ?? peer, connected: false })
      connected = now
    } catch {
      // It does not run, or has no such method.
    }
    await clock.sleep(Math.max(0, startedMs + periodMs - clock.nowMs()), signal).catch(() => {})
  }
}
