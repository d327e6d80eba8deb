import { gossipMessageLengthMax } from '../protocol/gossip-message.ts'

/** What is decompressed for all peers together, and for each of good standing beside that. */
export interface GossipBudget {
  /**
   * Whether a message of so many bytes, once decompressed, may be worked on; it is then paid for.
   * @param nowMs never goes back.
   */
  take(peerId: string, bytes: number, nowMs: number): boolean
  /** The peer passed on a block of the sequencer that nobody had passed on before. */
  good(peerId: string): void
  /** The peer passed on what it should not have. */
  bad(peerId: string): void
  /** Whether it is of good standing. */
  isGood(peerId: string): boolean
}

/** Every message may have these: what a small one costs is its signature, and whoever forges that is banned. */
const freeBytes = 64 * 1024
/** A sequencer sends one block in a slot; two may come at once. */
const burstBytes = 2 * gossipMessageLengthMax
const goodPeersMax = 64

interface Bucket {
  readonly bytes: number
  readonly atMs: number
}

/**
 * A token bucket for strangers, and one for each peer of good standing: a new identity costs an attacker nothing, so
 * what strangers can make the node do is limited for all of them together, and those who brought blocks before are
 * heard whatever the others send.
 * @param slotMs the L2 block time.
 * @param isTrusted whom the operator named: of good standing from the start.
 */
export function createGossipBudget(slotMs: number, isTrusted: (peerId: string) => boolean): GossipBudget {
  const full: Bucket = { bytes: burstBytes, atMs: Number.NEGATIVE_INFINITY }
  let strangers = full
  /** The one that was heard or good longest ago first. */
  const known = new Map<string, Bucket>()

  function paid({ bytes, atMs }: Bucket, cost: number, nowMs: number): Bucket | null {
    const filled = Math.min(burstBytes, bytes + (gossipMessageLengthMax * (nowMs - atMs)) / slotMs)
    return filled < cost ? null : { bytes: filled - cost, atMs: nowMs }
  }

  function keep(peerId: string, bucket: Bucket): void {
    known.delete(peerId)
    known.set(peerId, bucket)
    if (known.size > goodPeersMax) known.delete(known.keys().next().value as string)
  }

  return {
    take(peerId, bytes, nowMs) {
      const cost = Math.max(0, bytes - freeBytes)
      if (cost === 0) return true
      const own = known.get(peerId) ?? (isTrusted(peerId) ? full : undefined)
      const ownLeft = own === undefined ? null : paid(own, cost, nowMs)
      if (ownLeft !== null) {
        keep(peerId, ownLeft)
        return true
      }
      const left = paid(strangers, cost, nowMs)
      if (left !== null) strangers = left
      return left !== null
    },
    good: (peerId) => keep(peerId, known.get(peerId) ?? full),
    isGood: (peerId) => known.has(peerId) || isTrusted(peerId),
    bad(peerId) {
      // One that the operator named goes on with what it has left.
      if (!isTrusted(peerId)) known.delete(peerId)
    },
  }
}
