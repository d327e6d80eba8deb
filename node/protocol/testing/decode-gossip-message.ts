import {
  decodeGossipPayload,
  type GossipVersion,
  openGossipMessage,
  type SignedGossipPayload,
} from '../gossip-message.ts'
import type { PayloadEnvelope } from '../payload.ts'

/** A message with its block read. */
interface GossipMessage extends SignedGossipPayload {
  readonly envelope: PayloadEnvelope
}

/**
 * Reads a whole message of a topic. Does not check the signature or the block hash.
 * @throws DecodeError as {@link openGossipMessage} and {@link decodeGossipPayload}.
 */
export function decodeGossipMessage(version: GossipVersion, data: Uint8Array): GossipMessage {
  const signed = openGossipMessage(data)
  return { ...signed, envelope: decodeGossipPayload(version, signed.payload) }
}
