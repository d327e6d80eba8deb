import { secp256k1 } from '@noble/curves/secp256k1'
import { type Hash, type Hex, keccak256 } from 'viem'
import type { RollupConfig } from '../../node/config/rollup-config.ts'
import { type SignBlock, signBlock as signInJavaScript } from '../../node/network/block-signature.ts'
import { payloadBlockHash } from '../../node/protocol/block-hash.ts'
import { bytesToHex } from '../../node/protocol/bytes.ts'
import {
  encodeGossipMessage,
  encodeGossipPayload,
  type GossipVersion,
  gossipMessageLengthMax,
  gossipVersionFor,
  openGossipMessage,
  payloadSigningHash,
} from '../../node/protocol/gossip-message.ts'
import type { PayloadEnvelope } from '../../node/protocol/payload.ts'
import { snappyCompress } from '../../node/protocol/snappy.ts'
import type { HostileEffect } from '../faults/effects.ts'

export interface CraftOptions {
  readonly config: RollupConfig
  /** What the true sequencer signs with: so that nothing is wrong but what the fault says. */
  readonly sequencerKey: Hex
  /** Unix time. */
  readonly nowSeconds: bigint
  /** Default: one in JavaScript. */
  readonly signBlock?: SignBlock
}

export interface CraftedMessage {
  readonly version: GossipVersion
  readonly data: Uint8Array
  /** As the message names it. */
  readonly block: { readonly number: bigint; readonly hash: Hash }
}

/** Source: specs/protocol/rollup-node-p2p.md, "Block validation": 60 s old and 5 s ahead are the limits. */
const oldSeconds = 120n
const aheadSeconds = 60n
const strangersKey: Hex = keccak256('0x6c6f636b73746570')
const otherChainDistance = 1_000n

/** A message that is wrong in one way, made of one that was right. */
export function craftMessage(
  kind: HostileEffect['kind'],
  envelope: PayloadEnvelope,
  { config, sequencerKey, nowSeconds, signBlock = signInJavaScript }: CraftOptions,
): CraftedMessage {
  const signed = (of: PayloadEnvelope, key = sequencerKey, chainId = config.l2ChainId): CraftedMessage => {
    const version = gossipVersionFor(config, of.payload.timestamp)
    const payload = encodeGossipPayload(of, version)
    const signature = signBlock(payloadSigningHash(chainId, keccak256(payload)), key)
    const { blockNumber: number, blockHash: hash } = of.payload
    return { version, data: encodeGossipMessage(signature, payload), block: { number, hash } }
  }
  const at = (timestamp: bigint): CraftedMessage => {
    const changed = { ...envelope, payload: { ...envelope.payload, timestamp } }
    return signed({ ...changed, payload: { ...changed.payload, blockHash: payloadBlockHash(changed) } })
  }
  switch (kind) {
    case 'badSignature':
      return signed(envelope, strangersKey)
    case 'wrongHash':
      return signed({
        ...envelope,
        payload: { ...envelope.payload, blockHash: keccak256(envelope.payload.blockHash) },
      })
    case 'oldBlock':
      return at(nowSeconds - oldSeconds)
    case 'futureBlock':
      return at(nowSeconds + aheadSeconds)
    case 'duplicate':
      return underOtherSignature(signed(envelope))
    case 'anotherChainBlock':
      return signed(envelope, sequencerKey, config.l2ChainId + otherChainDistance)
    case 'oversized':
      return { ...signed(envelope), data: snappyCompress(new Uint8Array(gossipMessageLengthMax + 1)) }
  }
}

/**
 * The same block in other bytes: of a signature (r, s) the pair (r, n − s) is one too, so that the message has another id
 * and only its block was seen before.
 */
function underOtherSignature(message: CraftedMessage): CraftedMessage {
  const { signature, payload } = openGossipMessage(message.data)
  const other = Uint8Array.from(signature)
  const s = BigInt(bytesToHex(signature, 32, 64))
  const order = secp256k1.CURVE.n
  other.set(bigintBytes(order - s), 32)
  other[64] = (signature[64] as number) ^ 1
  return { ...message, data: encodeGossipMessage(other, payload) }
}

function bigintBytes(value: bigint): Uint8Array {
  return Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
}
