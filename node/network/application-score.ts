import { decayOver, decayToZero, scoreRetentionMs } from './gossip-scoring.ts'
import type { GossipRefusal } from './gossip-validation.ts'

/** op-node's caps and weights of its application score, for what a peer sends. */
const rejected = { weight: -20, max: 20 }
const doubtful = { weight: -1, max: 9 }
const decayPerSlot = decayOver(10)
const peersMax = 1_000

/** Rejected messages that one forged message counts as: it alone takes a peer below the default ban threshold of −100. */
const forgeryCount = 6

/** A rejected message counts once for each of these that it decompressed to: what it cost, it costs its sender. */
const bytesPerCount = 2 * 1024 * 1024

/**
 * What a refusal says about the peer that passed the message on.
 *
 * - forged: no honest node passes such bytes on, whatever its clock and its L1 say.
 * - rejected: an honest node that has not seen a new signer or an upgrade yet may pass it on. Three in a row make the
 *   peer ignored for a few blocks, which a change of the signer survives; a burst gets it banned.
 * - doubtful: a clock, or a sequencer that catches up on old blocks. Never enough to ignore a peer for.
 */
const offences: Readonly<Record<GossipRefusal, 'forged' | 'rejected' | 'doubtful' | 'none'>> = {
  too_long: 'forged',
  malformed: 'forged',
  bad_signature: 'forged',
  wrong_signer: 'rejected',
  wrong_topic: 'rejected',
  bad_block_hash: 'rejected',
  bad_fields: 'rejected',
  too_many_at_height: 'rejected',
  too_old: 'doubtful',
  too_early: 'doubtful',
  unknown_signer: 'none',
  seen: 'none',
  internal_error: 'none',
  over_budget: 'none',
  too_many_waiting: 'none',
  signed: 'none',
}

/** Decayed counts; the shape and names of op-node's `reqResp` scores. */
export interface ApplicationCounts {
  readonly validResponses: number
  readonly errorResponses: number
  readonly rejectedPayloads: number
}

/** What gossiped messages say about the peers that passed them on. Counts decay to a hundredth within sixty slots. */
export interface ApplicationScores {
  /** @param bytes what the message decompressed to. */
  record(peerId: string, refusal: GossipRefusal, bytes: number): void
  /** Zero or below. */
  score(peerId: string): number
  counts(peerId: string): ApplicationCounts
}

interface Entry {
  readonly rejected: number
  readonly doubtful: number
  readonly atMs: number
}

/**
 * Scores that outlive connections, so that nobody gets rid of one by coming back. Remembers the 1000 peers that offended
 * last.
 * @param slotMs the L2 block time.
 */
export function createApplicationScores(slotMs: number, nowMs: () => number): ApplicationScores {
  /** The one that offended longest ago first. */
  const entries = new Map<string, Entry>()
  const fresh = (): Entry => ({ rejected: 0, doubtful: 0, atMs: nowMs() })

  function current(peerId: string): Entry {
    const entry = entries.get(peerId)
    if (entry === undefined) return fresh()
    const elapsedMs = Math.max(0, nowMs() - entry.atMs)
    if (elapsedMs > scoreRetentionMs(slotMs)) return fresh()
    const factor = decayPerSlot ** (elapsedMs / slotMs)
    const decayed = (count: number) => (count * factor < decayToZero ? 0 : count * factor)
    return { ...entry, rejected: decayed(entry.rejected), doubtful: decayed(entry.doubtful) }
  }

  return {
    record(peerId, refusal, bytes) {
      const offence = offences[refusal]
      if (offence === 'none') return
      const now = current(peerId)
      entries.delete(peerId)
      entries.set(peerId, {
        rejected: Math.min(
          rejected.max,
          now.rejected +
            (offence === 'forged'
              ? forgeryCount
              : offence === 'rejected'
                ? Math.max(1, bytes / bytesPerCount)
                : 0),
        ),
        doubtful: Math.min(doubtful.max, now.doubtful + (offence === 'doubtful' ? 1 : 0)),
        atMs: nowMs(),
      })
      if (entries.size > peersMax) entries.delete(entries.keys().next().value as string)
    },
    score(peerId) {
      const entry = current(peerId)
      return entry.rejected * rejected.weight + entry.doubtful * doubtful.weight
    },
    counts(peerId) {
      const entry = current(peerId)
      return { validResponses: 0, errorResponses: entry.doubtful, rejectedPayloads: entry.rejected }
    },
  }
}
