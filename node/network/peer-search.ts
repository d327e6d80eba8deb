import { withDeadline } from '../concurrency/deadline.ts'
import type { Clock } from '../ports/clock.ts'
import type { Discovery, NodeRecord } from '../ports/discovery.ts'
import type { Logger } from '../ports/logger.ts'
import type { Random } from '../ports/random.ts'
import { isReachableIp } from './ip-range.ts'
import { decodeOpstackEntry, opstackVersion } from './opstack-entry.ts'

/** op-node's intervals: while there are too few peers, and else. */
const hungryMs = 5_000
const contentMs = 20_000
const searchMsMax = 60_000
/** Peers that are dialled at a time. */
const dialsMax = 4
const dialMsMax = 10_000
const candidatesMax = 1_000

export interface PeerSearchOptions {
  readonly discovery: Discovery
  readonly l2ChainId: bigint
  /** Whether the own address is a loopback address: only then are others there peers of ours. */
  readonly onLoopback: boolean
  /** False for addresses outside of the networks that the operator named. */
  readonly allowsIp: (ip: string) => boolean
  /** Low tide: so many peers are enough. */
  readonly peersWanted: number
  readonly connectedPeers: () => readonly string[]
  /** False for ourselves, and while the peer is kept away: blocked, banned, or disconnected by RPC. */
  readonly isWanted: (peerId: string) => boolean
  readonly dial: (address: string, signal: AbortSignal) => Promise<void>
  /** Called with every suitable record. */
  readonly onFound: (record: NodeRecord) => void
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Whether a record is of a node of this chain that can be dialled.
 * Source: specs/protocol/rollup-node-p2p.md, "Consensus Layer Structure": "Check if the record contains the `opstack`
 * entry, verify it matches the chain ID and current or future fork number"; as in op-node the only fork number is 0.
 */
export function isSuitable(
  record: NodeRecord,
  options: Pick<PeerSearchOptions, 'l2ChainId' | 'onLoopback' | 'allowsIp'>,
): boolean {
  const entry = record.opstack === null ? null : decodeOpstackEntry(record.opstack)
  return (
    entry !== null &&
    entry.chainId === options.l2ChainId &&
    entry.version === opstackVersion &&
    record.tcpPort > 0 &&
    isReachableIp(record.ip, options.onLoopback) &&
    options.allowsIp(record.ip)
  )
}

/** The address to dial. */
export function recordAddress({ ip, tcpPort, peerId }: NodeRecord): string {
  return `/${ip.includes(':') ? 'ip6' : 'ip4'}/${ip}/tcp/${tcpPort}/p2p/${peerId}`
}

/**
 * Searches for peers of the same chain until the signal aborts, and dials some, in random order, while there are fewer
 * than wanted. A peer that does not answer is forgotten until it is found again.
 */
export async function searchPeers(options: PeerSearchOptions, signal: AbortSignal): Promise<void> {
  const { discovery, clock, logger, connectedPeers, isWanted } = options
  /** By peer id; the one that was found last at the end. */
  const candidates = new Map<string, NodeRecord>()
  const missing = () => options.peersWanted - connectedPeers().length

  async function search(): Promise<void> {
    const found = await withDeadline('peer search', searchMsMax, clock, signal, () => discovery.search())
    for (const record of found) {
      if (!isSuitable(record, options)) continue
      options.onFound(record)
      candidates.delete(record.peerId)
      candidates.set(record.peerId, record)
      if (candidates.size > candidatesMax) candidates.delete(candidates.keys().next().value as string)
    }
  }

  async function dial(record: NodeRecord): Promise<void> {
    const address = recordAddress(record)
    try {
      await withDeadline(`found peer ${address}`, dialMsMax, clock, signal, (inner) =>
        options.dial(address, inner),
      )
      logger.info('found peer connected', { peer: record.peerId, address })
    } catch (error) {
      if (signal.aborted) return
      candidates.delete(record.peerId)
      logger.debug('found peer cannot be reached', { peer: record.peerId, address, error })
    }
  }

  while (!signal.aborted) {
    try {
      await search()
    } catch (error) {
      if (signal.aborted) return
      logger.debug('peer search failed', { error })
    }
    const connected = new Set(connectedPeers())
    const rest = shuffled([...candidates.values()], options.random).filter(
      ({ peerId }) => !connected.has(peerId) && isWanted(peerId),
    )
    while (!signal.aborted && missing() > 0 && rest.length > 0)
      await Promise.all(rest.splice(0, Math.min(dialsMax, missing())).map(dial))
    await clock.sleep(missing() > 0 ? hungryMs : contentMs, signal).catch(() => {})
  }
}

/** Not for secrets: which peer comes first must only not be the choice of others. */
function shuffled<T>(items: readonly T[], random: Random): T[] {
  const keys = new DataView(Uint8Array.from(random.bytes(4 * items.length)).buffer)
  return items
    .map((item, index) => ({ item, key: keys.getUint32(4 * index) }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item)
}
