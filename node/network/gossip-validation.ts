import { isForkActive } from '../config/forks.ts'
import type { RollupConfig } from '../config/rollup-config.ts'
import { payloadBlockHash } from '../protocol/block-hash.ts'
import { DecodeError } from '../protocol/byte-reader.ts'
import {
  decodeGossipPayload,
  type GossipVersion,
  gossipMessageLengthMax,
  gossipVersionFor,
  payloadSigningHash,
  type SignedGossipPayload,
} from '../protocol/gossip-message.ts'
import type { PayloadEnvelope } from '../protocol/payload.ts'
import type { RecoverBlockSigner } from './block-signature.ts'
import type { SeenBlocks } from './seen-blocks.ts'
import type { SignerGrace, SignerVerdict } from './signer-grace.ts'

/** Seconds by which a block may be old or early. Source: specs/protocol/rollup-node-p2p.md, "Block validation". */
const ageSecondsMax = 60n
const earlySecondsMax = 5n

export interface GossipMessageInput {
  /** Of the topic that the message came on. */
  readonly version: GossipVersion
  readonly data: Uint8Array
  /** Decompresses it. @throws DecodeError */
  readonly open: (data: Uint8Array) => SignedGossipPayload
  readonly config: RollupConfig
  readonly nowSeconds: number
  readonly signers: Pick<SignerGrace, 'current' | 'judge'>
  readonly recoverSigner: RecoverBlockSigner
  /** Changed when, and only when, the message is accepted. */
  readonly seen: SeenBlocks
}

/** Why a message was not accepted; the `reason` label of `p2p_gossip_messages_total`. */
export type GossipRefusal =
  | 'too_long'
  | 'malformed'
  | 'bad_signature'
  | 'unknown_signer'
  | 'wrong_signer'
  | 'too_old'
  | 'too_early'
  | 'wrong_topic'
  | 'bad_block_hash'
  | 'bad_fields'
  | 'too_many_at_height'
  | 'seen'
  | 'internal_error'
  | 'over_budget'
  | 'too_many_waiting'
  | 'signed'

/**
 * Accept: deliver and forward. Reject: also hold it against the peer. Ignore: neither.
 * `detail` is for debug logs and holds what was expected and found.
 */
export type GossipVerdict =
  | {
      readonly verdict: 'accept'
      readonly envelope: PayloadEnvelope
      readonly signer: 'current' | 'previous'
    }
  | { readonly verdict: 'reject' | 'ignore'; readonly reason: GossipRefusal; readonly detail: string }

const reject = (reason: GossipRefusal, detail: string): GossipVerdict => ({
  verdict: 'reject',
  reason,
  detail,
})
const ignore = (reason: GossipRefusal, detail: string): GossipVerdict => ({
  verdict: 'ignore',
  reason,
  detail,
})

/**
 * Decides what becomes of a gossiped block, in op-node's order: cheap checks first, and the signature, over the exact
 * bytes, before the block is even read, so that only the sequencer can make a node work.
 * Source: specs/protocol/rollup-node-p2p.md, "Block validation".
 */
export function validateGossipMessage(input: GossipMessageInput): GossipVerdict {
  const { version, data, config, signers, seen } = input
  if (data.length > gossipMessageLengthMax)
    return reject('too_long', `expected at most ${gossipMessageLengthMax} bytes, found ${data.length}`)
  let envelope: PayloadEnvelope
  let signer: SignerVerdict
  try {
    const { signature, payload, payloadHash } = input.open(data)
    const signed = input.recoverSigner(payloadSigningHash(config.l2ChainId, payloadHash), signature)
    if (signed === null) return reject('bad_signature', 'the signature is not a valid one')
    signer = signers.judge(signed)
    if (signer === 'unknown') return ignore('unknown_signer', 'the unsafe block signer is not known yet')
    if (signer === 'wrong')
      return reject('wrong_signer', `expected the signer ${signers.current}, found ${signed}`)
    envelope = decodeGossipPayload(version, payload)
  } catch (error) {
    if (error instanceof DecodeError) return reject('malformed', error.message)
    throw error
  }
  const { payload } = envelope
  const refusal =
    checkTime(payload.timestamp, BigInt(input.nowSeconds)) ??
    checkTopic(version, payload.timestamp, config) ??
    checkHash(envelope) ??
    checkFields(envelope, config)
  if (refusal !== null) return refusal
  const { blockNumber, blockHash } = payload
  if (seen.has(blockNumber, blockHash)) return ignore('seen', `block ${blockHash} was seen before`)
  if (seen.isFull(blockNumber))
    return reject('too_many_at_height', `too many different blocks of height ${blockNumber}`)
  seen.add(blockNumber, blockHash)
  return { verdict: 'accept', envelope, signer }
}

/** Whether every peer must refuse a block of that time, in seconds, and hold it against who sent it. */
export const isTooOld = (timestamp: bigint, now: bigint): boolean => timestamp < now - ageSecondsMax

function checkTime(timestamp: bigint, now: bigint): GossipVerdict | null {
  if (isTooOld(timestamp, now)) return reject('too_old', `the block is ${now - timestamp} s old`)
  if (timestamp > now + earlySecondsMax)
    return reject('too_early', `the block is ${timestamp - now} s ahead of our clock`)
  return null
}

function checkTopic(version: GossipVersion, timestamp: bigint, config: RollupConfig): GossipVerdict | null {
  const expected = gossipVersionFor(config, timestamp)
  return version === expected
    ? null
    : reject(
        'wrong_topic',
        `expected a block of time ${timestamp} on topic ${expected}, found it on ${version}`,
      )
}

function checkHash(envelope: PayloadEnvelope): GossipVerdict | null {
  const found = payloadBlockHash(envelope)
  return found === envelope.payload.blockHash
    ? null
    : reject('bad_block_hash', `payload has bad block hash: ${envelope.payload.blockHash}, actual ${found}`)
}

/** What the encoding of a version leaves open. Presence of fields is the decoder's concern. */
function checkFields({ payload }: PayloadEnvelope, config: RollupConfig): GossipVerdict | null {
  if (payload.excessBlobGas !== undefined && payload.excessBlobGas !== 0n)
    return reject('bad_fields', `expected excessBlobGas 0, found ${payload.excessBlobGas}`)
  // Jovian puts the data availability footprint of the block there.
  const footprint = isForkActive(config.forks, 'jovian', payload.timestamp)
  if (!footprint && payload.blobGasUsed !== undefined && payload.blobGasUsed !== 0n)
    return reject('bad_fields', `expected blobGasUsed 0 before Jovian, found ${payload.blobGasUsed}`)
  return null
}
