import type { Hex } from 'viem'
import type { RollupConfig } from '../config/rollup-config.ts'
import {
  encodeGossipMessage,
  encodeGossipPayload,
  type GossipVersion,
  gossipVersionFor,
  payloadSigningHash,
} from '../protocol/gossip-message.ts'
import { keccak256 } from '../protocol/hash.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import { type SignBlock, signBlock } from './block-signature.ts'

/**
 * A block as it travels, and the version of the topic on which it does.
 * Source: specs/protocol/rollup-node-p2p.md, "Block encoding" and "Block signatures".
 * @throws DecodeError when the payload lacks a field of its version.
 */
export function encodeSignedBlock(
  envelope: PayloadEnvelope,
  config: RollupConfig,
  privateKey: Hex,
  sign: SignBlock = signBlock,
): { readonly version: GossipVersion; readonly data: Uint8Array } {
  const version = gossipVersionFor(config, envelope.payload.timestamp)
  const payload = encodeGossipPayload(envelope, version)
  const signingHash = payloadSigningHash(config.l2ChainId, keccak256(payload))
  return { version, data: encodeGossipMessage(sign(signingHash, privateKey), payload) }
}
