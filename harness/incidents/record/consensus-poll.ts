import { z } from 'zod'
import type { JsonRpcClient } from '../../../node/json-rpc/client.ts'
import { JsonRpcError } from '../../../node/json-rpc/errors.ts'
import { syncStatusFromJson } from '../../../node/protocol/sync-status-json.ts'
import type { Fact } from '../../events/event.ts'
import { headFacts } from '../../world/status-stream.ts'

/** Peers are asked for once in so many polls: a quarter of a block each. */
const pollsPerPeers = 4
/** Peers that are not told any more beyond this: nobody reads a longer list. */
const peersMax = 200

/** `peers` of `opp2p_peers`, by peer id; everything else in it is not needed. */
const peersSchema = z.object({ peers: z.record(z.string(), z.looseObject({ connectedness: z.int() })) })
/** libp2p's `network.Connected`. */
const connected = 1

/**
 * What one consensus node tells of itself: its heads whenever they move, its version once, its peers as far as it offers
 * `opp2p_peers`. Each call asks once, and throws when `optimism_syncStatus` cannot be had.
 */
export function consensusPoll(
  name: string,
  rpc: Pick<JsonRpcClient, 'request'>,
  record: (fact: Fact) => void,
): (signal: AbortSignal) => Promise<number> {
  const published = new Map<string, string>()
  const peers = new Set<string>()
  let polls = 0
  let offersPeers = true
  let version: string | null = null

  async function askPeers(signal: AbortSignal): Promise<void> {
    let answer: unknown
    try {
      answer = await rpc.request('opp2p_peers', [true], signal)
    } catch (error) {
      if (!(error instanceof JsonRpcError)) throw error
      offersPeers = false
      record({
        ...{ kind: 'note', component: 'recorder' },
        message: `${name} does not offer opp2p_peers (${error.message}): its peers are not known`,
      })
      return
    }
    const read = peersSchema.safeParse(answer)
    if (!read.success) return
    const now = new Set(
      Object.entries(read.data.peers)
        .filter(([, { connectedness }]) => connectedness === connected)
        .map(([peer]) => peer)
        .slice(0, peersMax),
    )
    for (const peer of peers.difference(now)) record({ kind: 'peer', node: name, peer, connected: false })
    for (const peer of now.difference(peers)) record({ kind: 'peer', node: name, peer, connected: true })
    peers.clear()
    for (const peer of now) peers.add(peer)
  }

  async function askVersion(signal: AbortSignal): Promise<void> {
    version = String(await rpc.request('optimism_version', [], signal).catch(() => 'not told'))
    record({ kind: 'note', component: name, message: `optimism_version: ${version}` })
  }

  return async (signal) => {
    let calls = 1
    const status = syncStatusFromJson(await rpc.request('optimism_syncStatus', [], signal))
    for (const fact of headFacts(name, status)) {
      if (published.get(fact.level) === fact.block.hash) continue
      published.set(fact.level, fact.block.hash)
      record(fact)
    }
    if (version === null) {
      calls++
      await askVersion(signal)
    }
    if (offersPeers && polls % pollsPerPeers === 0) {
      calls++
      await askPeers(signal)
    }
    polls++
    return calls
  }
}
