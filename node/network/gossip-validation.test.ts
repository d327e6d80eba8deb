import { secp256k1 } from '@noble/curves/secp256k1'
import fc from 'fast-check'
import type { Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  encodeGossipMessage,
  encodeGossipPayload,
  type GossipVersion,
  gossipMessageLengthMax,
  payloadSigningHash,
} from '../protocol/gossip-message.ts'
import { keccak256 } from '../protocol/hash.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../protocol/payload.ts'
import { snappyCompress, snappyDecompress } from '../protocol/snappy.ts'
import { recoverBlockSigner, signBlock, signerAddress } from './block-signature.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { type GossipMessageInput, validateGossipMessage } from './gossip-validation.ts'
import { createSeenBlocks, type SeenBlocks } from './seen-blocks.ts'
import { testBlock, testRollupConfig } from './testing/blocks.ts'

const key: Hex = `0x${'01'.repeat(32)}`
const signer = signerAddress(key)
const nowSeconds = 1_700_000_000
const now = BigInt(nowSeconds)
const isthmus = testRollupConfig('isthmus')
const lastForks = ['regolith', 'canyon', 'ecotone', 'isthmus'] as const

const base = (): GossipMessageInput => ({
  version: 3,
  data: encodeSignedBlock(testBlock({ timestamp: now }), isthmus, key).data,
  config: isthmus,
  nowSeconds,
  signer,
  seen: createSeenBlocks(),
})

/** A message of bytes that the sequencer did sign, whatever they are. */
function signed(payload: Uint8Array, by = key, chainId = 901n): Uint8Array {
  return encodeGossipMessage(signBlock(payloadSigningHash(chainId, keccak256(payload)), by), payload)
}

const block = (change: Partial<ExecutionPayload>, version: GossipVersion = 3) =>
  signed(encodeGossipPayload(testBlock({ version, timestamp: now, change }), version))
const withHash = (envelope: PayloadEnvelope, blockHash: Hex) =>
  signed(encodeGossipPayload({ ...envelope, payload: { ...envelope.payload, blockHash } }, 3))

/** The first byte of the signature lies after snappy's length and literal tags; so it is changed before compressing. */
function withSignature(change: (signature: Uint8Array) => void): Uint8Array {
  const payload = encodeGossipPayload(testBlock({ timestamp: now }), 3)
  const signature = signBlock(payloadSigningHash(901n, keccak256(payload)), key)
  change(signature)
  return encodeGossipMessage(signature, payload)
}

function seenWith(count: number, height = 7n): SeenBlocks {
  const seen = createSeenBlocks()
  for (let index = 0; index < count; index++) seen.add(height, `0x${String(index).padStart(64, '0')}`)
  return seen
}

describe('gossip validation', () => {
  it.each(lastForks.map((last, version) => [last, version as GossipVersion] as const))(
    'accepts a good block of %s on topic %s',
    (last, version) => {
      const config = testRollupConfig(last)
      const envelope = testBlock({ version, timestamp: now })
      const encoded = encodeSignedBlock(envelope, config, key)
      expect(encoded.version).toBe(version)
      expect(validateGossipMessage({ ...base(), config, version, data: encoded.data })).toEqual({
        verdict: 'accept',
        envelope,
      })
    },
  )

  it.each<[string, Partial<GossipMessageInput>]>([
    ['exactly 60 s old', { nowSeconds: nowSeconds + 60 }],
    ['exactly 5 s early', { nowSeconds: nowSeconds - 5 }],
    ['the fifth of its height', { seen: seenWith(4) }],
    ['of a height that others fill, but not this one', { seen: seenWith(5, 8n) }],
    [
      'Jovian, whose blobGasUsed counts data',
      { config: testRollupConfig('jovian'), data: block({ blobGasUsed: 5_000n }) },
    ],
  ])('accepts a block that is %s', (_, change) => {
    expect(validateGossipMessage({ ...base(), ...change })).toMatchObject({ verdict: 'accept' })
  })

  it.each<[string, Partial<GossipMessageInput>, string, string]>([
    ['more bytes than allowed', { data: new Uint8Array(gossipMessageLengthMax + 1) }, 'reject', 'too_long'],
    ['no bytes', { data: new Uint8Array() }, 'reject', 'malformed'],
    ['bytes that are not snappy', { data: Uint8Array.of(1, 2, 3, 4, 5) }, 'reject', 'malformed'],
    [
      'a declared length of 4 GiB',
      { data: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x41) },
      'reject',
      'malformed',
    ],
    ['a signature and nothing else', { data: snappyCompress(new Uint8Array(65)) }, 'reject', 'malformed'],
    ['a signature of zeros', { data: withSignature((s) => s.fill(0)) }, 'reject', 'bad_signature'],
    [
      'a parity of 27, as Ethereum transactions have it',
      {
        data: withSignature((s) => {
          s[64] = (s[64] as number) + 27
        }),
      },
      'reject',
      'bad_signature',
    ],
    [
      'a flipped bit in the signature',
      {
        data: withSignature((s) => {
          s[40] = (s[40] as number) ^ 1
        }),
      },
      'reject',
      'wrong_signer',
    ],
    [
      'another signer',
      { data: encodeSignedBlock(testBlock({ timestamp: now }), isthmus, `0x${'02'.repeat(32)}`).data },
      'reject',
      'wrong_signer',
    ],
    [
      'a signature for another chain',
      { data: signed(encodeGossipPayload(testBlock({ timestamp: now }), 3), key, 902n) },
      'reject',
      'wrong_signer',
    ],
    ['a signer that is not known yet', { signer: null }, 'ignore', 'unknown_signer'],
    ['signed garbage', { data: signed(new Uint8Array(600).fill(7)) }, 'reject', 'malformed'],
    [
      'a block cut short',
      { data: signed(encodeGossipPayload(testBlock({ timestamp: now }), 3).subarray(0, 500)) },
      'reject',
      'malformed',
    ],
    [
      'bytes after the block',
      {
        data: signed(
          Uint8Array.of(
            ...encodeGossipPayload(testBlock({ timestamp: now, extraData: '0x' }), 3),
            ...new Uint8Array(4),
          ),
        ),
      },
      'reject',
      'malformed',
    ],
    ['a block that is 61 s old', { nowSeconds: nowSeconds + 61 }, 'reject', 'too_old'],
    ['a block that is 6 s early', { nowSeconds: nowSeconds - 6 }, 'reject', 'too_early'],
    [
      'an Ecotone block on its topic after Isthmus',
      { version: 2, data: block({}, 2) },
      'reject',
      'wrong_topic',
    ],
    ['an Isthmus block before Isthmus', { config: testRollupConfig('holocene') }, 'reject', 'wrong_topic'],
    [
      'a block hash that is not its own',
      { data: withHash(testBlock({ timestamp: now }), `0x${'ee'.repeat(32)}`) },
      'reject',
      'bad_block_hash',
    ],
    ['excess blob gas', { data: block({ excessBlobGas: 1n }) }, 'reject', 'bad_fields'],
    ['blob gas before Jovian', { data: block({ blobGasUsed: 1n }) }, 'reject', 'bad_fields'],
    ['the sixth different block of a height', { seen: seenWith(5) }, 'reject', 'too_many_at_height'],
  ])('refuses %s', (_, change, verdict, reason) => {
    const input = { ...base(), ...change }
    const filled = input.seen.isFull(7n)
    const result = validateGossipMessage(input)
    expect(result).toEqual({ verdict, reason, detail: expect.any(String) })
    // A refused message leaves no trace.
    expect(input.seen.isFull(7n)).toBe(filled)
    expect(input.seen.has(7n, testBlock({ timestamp: now }).payload.blockHash)).toBe(false)
  })

  it('ignores a block that it saw, also when its height is full', () => {
    const input = { ...base(), seen: seenWith(4) }
    expect(validateGossipMessage(input)).toMatchObject({ verdict: 'accept' })
    expect(input.seen.isFull(7n)).toBe(true)
    expect(validateGossipMessage(input)).toMatchObject({ verdict: 'ignore', reason: 'seen' })
  })

  it('does not read a block that the sequencer did not sign', () => {
    const data = signed(new Uint8Array(600).fill(7), `0x${'02'.repeat(32)}`)
    expect(validateGossipMessage({ ...base(), data })).toMatchObject({ reason: 'wrong_signer' })
  })

  it('refuses any bytes without throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), fc.boolean(), (bytes, compressed) => {
        const data = compressed ? snappyCompress(bytes) : bytes
        expect(validateGossipMessage({ ...base(), data }).verdict).toBe('reject')
      }),
      { numRuns: 100 },
    )
  })

  it('refuses every single changed byte of what was signed and of the signature', () => {
    // Compressed bytes do not do: one message has many compressions.
    const message = snappyDecompress(base().data, gossipMessageLengthMax)
    fc.assert(
      fc.property(fc.nat(message.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
        const changed = message.slice()
        changed[index] = (changed[index] as number) ^ change
        expect(validateGossipMessage({ ...base(), data: snappyCompress(changed) }).verdict).toBe('reject')
      }),
      { numRuns: 100 },
    )
  })
})

describe('block signatures', () => {
  it('has the field’s signing hash and recovers its signer', () => {
    const hash = payloadSigningHash(10n, keccak256(new Uint8Array(32).fill(0x99)))
    expect(hash).toBe('0x44a0e2b1aba1aae1771eddae1dcd2ad18a8cdac8891517153f03253e49d3f206')
    const signature = signBlock(hash, key)
    expect(signature).toHaveLength(65)
    expect(recoverBlockSigner(hash, signature)).toBe(signer)
    // The address of the private key 0x0101…01, as every wallet shows it.
    expect(signer).toBe('0x1a642f0e3c3af545e7acbd38b07251b3990914f1')
  })

  it.each<[string, (signature: Uint8Array) => Uint8Array]>([
    ['too short', (s) => s.subarray(0, 64)],
    ['too long', (s) => Uint8Array.of(...s, 0)],
    ['r of zero', (s) => s.fill(0, 0, 32)],
    [
      's of the curve order',
      (s) => {
        s.set(Buffer.from(secp256k1.Point.Fn.ORDER.toString(16), 'hex'), 32)
        return s
      },
    ],
  ])('recovers nobody from a signature that is %s', (_, change) => {
    const hash = payloadSigningHash(10n, `0x${'99'.repeat(32)}`)
    expect(recoverBlockSigner(hash, change(signBlock(hash, key)))).toBeNull()
  })
})

describe('seen blocks', () => {
  it('forgets the height that was added to first when there are more than 1000', () => {
    const seen = createSeenBlocks()
    for (let height = 0n; height <= 1_000n; height++) seen.add(height, `0x${'11'.repeat(32)}`)
    expect(seen.has(0n, `0x${'11'.repeat(32)}`)).toBe(false)
    expect(seen.has(1n, `0x${'11'.repeat(32)}`)).toBe(true)
    expect(seen.has(1_000n, `0x${'11'.repeat(32)}`)).toBe(true)
  })
})
