import { sha256 } from '@noble/hashes/sha2'
import type { Hash } from 'viem'
import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes, uintToBytes } from './bytes.ts'
import { keccak256 } from './hash.ts'
import { keccak256Steps } from './keccak.ts'
import type { PayloadEnvelope } from './payload.ts'
import { decodePayloadSsz, encodePayloadSsz, type PayloadVersion } from './payload-ssz.ts'
import { snappyCompress, snappyDecompress } from './snappy.ts'
import { runSteps, type Steps } from './steps.ts'

/** The number in a blocks topic; the version of the payloads that travel there. */
export type GossipVersion = PayloadVersion

/** Decompressed bytes of a message. Source: op-node's `maxGossipSize`. */
export const gossipMessageLengthMax = 10 * 1024 * 1024
/** r 32 ‖ s 32 ‖ y parity 1. */
export const gossipSignatureLength = 65
const beaconRootLength = 32

/** A message as its sender signed it. */
export interface SignedGossipPayload {
  /** 65 bytes: r ‖ s ‖ y parity. */
  readonly signature: Uint8Array
  /** The signed bytes, see {@link encodeGossipPayload}. */
  readonly payload: Uint8Array
  /** keccak256 of `payload`; {@link payloadSigningHash} of it is what the signature signs. */
  readonly payloadHash: Hash
}

/** The topic that blocks of that time belong to. Source: specs/protocol/rollup-node-p2p.md, "Gossip Topics". */
export function gossipVersionFor(config: RollupConfig, timestamp: bigint): GossipVersion {
  if (isForkActive(config.forks, 'isthmus', timestamp)) return 3
  if (isForkActive(config.forks, 'ecotone', timestamp)) return 2
  return isForkActive(config.forks, 'canyon', timestamp) ? 1 : 0
}

/**
 * The signed bytes of a block: its SSZ encoding, from version 2 on after the parent beacon block root.
 * @throws DecodeError when a field of the version is missing.
 */
export function encodeGossipPayload(envelope: PayloadEnvelope, version: GossipVersion): Uint8Array {
  const ssz = encodePayloadSsz(envelope.payload, version)
  if (version < 2) return ssz
  const root = envelope.parentBeaconBlockRoot
  if (root === undefined)
    throw new DecodeError(`expected a parent beacon block root in version ${version}, found none`)
  return concatBytes([hexToBytes(root), ssz])
}

/** @throws DecodeError when the bytes are not exactly one block of that version. */
export function decodeGossipPayload(version: GossipVersion, payload: Uint8Array): PayloadEnvelope {
  if (version < 2) return { payload: decodePayloadSsz(payload, version) }
  if (payload.length < beaconRootLength)
    throw new DecodeError(`expected a parent beacon block root, found ${payload.length} bytes`)
  return {
    parentBeaconBlockRoot: bytesToHex(payload, 0, beaconRootLength),
    payload: decodePayloadSsz(payload.subarray(beaconRootLength), version),
  }
}

/** The bytes that travel, from a signature of 65 bytes and the bytes of {@link encodeGossipPayload}. */
export function encodeGossipMessage(signature: Uint8Array, payload: Uint8Array): Uint8Array {
  if (signature.length !== gossipSignatureLength)
    throw new DecodeError(`expected a signature of ${gossipSignatureLength} bytes, found ${signature.length}`)
  return snappyCompress(concatBytes([signature, payload]))
}

/**
 * Decompresses a message and splits off its signature, without reading the block: a forged one is then refused before
 * any more work is done for it.
 * @throws DecodeError when the compression is invalid or nothing follows the signature.
 */
export function openGossipMessage(data: Uint8Array): SignedGossipPayload {
  return runSteps(splitGossipMessage(snappyDecompress(data, gossipMessageLengthMax)))
}

/** As {@link openGossipMessage}, of a message that is decompressed already. */
export function* splitGossipMessage(message: Uint8Array): Steps<SignedGossipPayload> {
  if (message.length <= gossipSignatureLength)
    throw new DecodeError(
      `expected more than ${gossipSignatureLength} bytes of message, found ${message.length}`,
    )
  const payload = message.subarray(gossipSignatureLength)
  const payloadHash = bytesToHex(yield* keccak256Steps(payload))
  return { signature: message.subarray(0, gossipSignatureLength), payload, payloadHash }
}

/** What a sequencer signs. Source: specs/protocol/rollup-node-p2p.md, "Block signatures". */
export function payloadSigningHash(chainId: bigint, payloadHash: Hash): Hash {
  const domain = new Uint8Array(32)
  return keccak256(concatBytes([domain, uintToBytes(chainId, 32), hexToBytes(payloadHash)]))
}

/** SHA-256, of the parts one after the other. */
export type Sha256 = (parts: readonly Uint8Array[]) => Uint8Array

export const sha256InJavaScript: Sha256 = (parts) => {
  const hash = sha256.create()
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/**
 * Gossipsub message id, 20 bytes: over the decompressed data when it is valid snappy of an allowed length, else over
 * the data as it came. The topic is part of it, as in op-node (the specification's text leaves it out).
 */
export function gossipMessageId(
  topic: string,
  data: Uint8Array,
  decompressed: Uint8Array | null = tryDecompress(data),
  hash: Sha256 = sha256InJavaScript,
): Uint8Array {
  const topicBytes = new TextEncoder().encode(topic)
  const topicLength = new Uint8Array(8)
  new DataView(topicLength.buffer).setBigUint64(0, BigInt(topicBytes.length), true)
  const domain = Uint8Array.of(decompressed === null ? 0 : 1, 0, 0, 0)
  return hash([domain, topicLength, topicBytes, decompressed ?? data]).subarray(0, 20)
}

function tryDecompress(data: Uint8Array): Uint8Array | null {
  try {
    return snappyDecompress(data, gossipMessageLengthMax)
  } catch (error) {
    if (error instanceof DecodeError) return null
    throw error
  }
}
