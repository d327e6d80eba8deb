import { DecodeError } from '../protocol/byte-reader.ts'
import { bytesToHex } from '../protocol/bytes.ts'
import {
  gossipMessageId,
  gossipMessageLengthMax,
  openGossipMessage,
  type Sha256,
  type SignedGossipPayload,
  splitGossipMessage,
} from '../protocol/gossip-message.ts'
import { snappyDeclaredLength, snappyDecompressSteps } from '../protocol/snappy.ts'
import { runSteps, type Steps } from '../protocol/steps.ts'
import type { GossipBudget } from './gossip-budget.ts'

/** What happens to a message's bytes before and while it is judged. */
export interface GossipIntake {
  /** Whether the message is looked at. Nothing is decompressed for the answer. */
  admits(topic: string, data: Uint8Array, from: string): boolean
  /** All the long work for a message: what is asked afterwards is known. */
  prepare(topic: string, data: Uint8Array): Steps<void>
  /** As {@link gossipMessageId}. */
  messageId(topic: string, data: Uint8Array): Uint8Array
  /** As {@link openGossipMessage}, once after it was prepared. @throws DecodeError */
  open(data: Uint8Array): SignedGossipPayload
}

export interface GossipIntakeOptions {
  readonly budget: GossipBudget
  readonly nowMs: () => number
  readonly sha256: Sha256
  /** Told of every message that is not admitted. */
  readonly onRefused: (from: string, bytes: number) => void
}

/** Ids by what was sent: every peer of a mesh sends the same bytes, which are not decompressed again. */
const idsMax = 256
/** Below the time after which gossipsub forgets an id. */
const idAgeMsMax = 60_000

/** The bytes that a message decompresses to, as it says; 0 when it is refused before anything is decompressed. */
export function declaredBytes(data: Uint8Array): number {
  const length = snappyDeclaredLength(data) ?? 0
  return length > gossipMessageLengthMax ? 0 : length
}

/** Decompresses a message once, for its id and its judgement, and only as much as the budget has. */
export function createGossipIntake(options: GossipIntakeOptions): GossipIntake {
  const { budget, nowMs, sha256, onRefused } = options
  /** The oldest first. */
  const ids = new Map<string, { readonly id: Uint8Array; readonly atMs: number }>()
  /**
   * Between its preparation and its judgement: what it holds, or why that cannot be read. Weak, because a message that
   * was seen before is never judged.
   */
  const opened = new WeakMap<Uint8Array, SignedGossipPayload | DecodeError>()

  function knownId(topic: string, data: Uint8Array): { readonly key: string; readonly id?: Uint8Array } {
    // The topic is part of the id.
    const key = `${topic} ${bytesToHex(sha256([data]))}`
    const found = ids.get(key)
    return found === undefined || nowMs() - found.atMs > idAgeMsMax ? { key } : { key, id: found.id }
  }

  function* idOf(topic: string, data: Uint8Array): Steps<Uint8Array> {
    const { key, id: known } = knownId(topic, data)
    if (known !== undefined) return known
    let message: Uint8Array | null = null
    try {
      message = yield* snappyDecompressSteps(data, gossipMessageLengthMax)
      opened.set(data, yield* splitGossipMessage(message))
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      opened.set(data, error)
    }
    const id = gossipMessageId(topic, data, message, sha256)
    ids.delete(key)
    ids.set(key, { id, atMs: nowMs() })
    if (ids.size > idsMax) ids.delete(ids.keys().next().value as string)
    return id
  }

  return {
    admits(topic, data, from) {
      const bytes = declaredBytes(data)
      if (knownId(topic, data).id !== undefined || budget.take(from, bytes, nowMs())) return true
      onRefused(from, bytes)
      return false
    },
    *prepare(topic, data) {
      yield* idOf(topic, data)
    },
    messageId: (topic, data) => runSteps(idOf(topic, data)),
    open(data) {
      const known = opened.get(data) ?? openGossipMessage(data)
      opened.delete(data)
      if (known instanceof DecodeError) throw known
      return known
    },
  }
}
