import fc from 'fast-check'
import type { Address, Hex } from 'viem'
import { describe, expect, it } from 'vitest'
import {
  encodeGossipMessage,
  encodeGossipPayload,
  type GossipVersion,
  gossipMessageLengthMax,
  openGossipMessage,
  payloadSigningHash,
} from '../protocol/gossip-message.ts'
import { keccak256 } from '../protocol/hash.ts'
import type { ExecutionPayload, PayloadEnvelope } from '../protocol/payload.ts'
import { snappyCompress, snappyDecompress } from '../protocol/snappy.ts'
import { recoverBlockSigner, signBlock } from './block-signature.ts'
import { encodeSignedBlock } from './gossip-publish.ts'
import { type GossipMessageInput, validateGossipMessage } from './gossip-validation.ts'
import { createSeenBlocks, type SeenBlocks } from './seen-blocks.ts'
import { createSignerGrace } from './signer-grace.ts'
import { testBlock, testRollupConfig } from './testing/blocks.ts'
import { signerAddress } from './testing/signer-address.ts'

const key: Hex = `0x${'01'.repeat(32)}`
const signer = signerAddress(key)
const signedBy = (address: Address | null) => createSignerGrace(address, () => 0)
const nowSeconds = 1_700_000_000
const now = BigInt(nowSeconds)
const isthmus = testRollupConfig('isthmus')
const lastForks = ['regolith', 'canyon', 'ecotone', 'isthmus'] as const

const base = (): GossipMessageInput => ({
  version: 3,
  data: encodeSignedBlock(testBlock({ timestamp: now }), isthmus, key).data,
  open: openGossipMessage,
  config: isthmus,
  nowSeconds,
  signers: signedBy(signer),
  recoverSigner: recoverBlockSigner,
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

const otherKey: Hex = `0x${'02'.repeat(32)}`
const garbage = new Uint8Array(600).fill(7)
const late = { nowSeconds: nowSeconds + 61 }
const good = (version: GossipVersion = 3) =>
  encodeGossipPayload(testBlock({ version, timestamp: now }), version)
const otherBlockHash = testBlock({ timestamp: now }).payload.blockHash
const wrongHash = (change: Partial<ExecutionPayload> = {}) =>
  withHash(testBlock({ timestamp: now, change }), `0x${'ee'.repeat(32)}`)
/** A block of one version, well signed, on the topic of another. */
const on = (version: GossipVersion, of: GossipVersion): Partial<GossipMessageInput> => ({
  version,
  config: testRollupConfig(lastForks[version]),
  data: signed(good(of)),
})

/**
 * Every rule of specs/protocol/rollup-node-p2p.md, "Block validation", in its words, with what breaks it; then what
 * other sections ask for.
 */
const refusals: readonly (readonly [
  sentence: string,
  rows: readonly [string, Partial<GossipMessageInput>, reason: string][],
])[] = [
  [
    '[REJECT] if the compression is not valid',
    [
      ['no bytes', { data: new Uint8Array() }, 'malformed'],
      ['bytes that are not snappy', { data: Uint8Array.of(1, 2, 3, 4, 5) }, 'malformed'],
      [
        'a declared length of 4 GiB',
        { data: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0x41) },
        'malformed',
      ],
    ],
  ],
  [
    '[REJECT] if the block encoding is not valid',
    [
      ['a signature and nothing else', { data: snappyCompress(new Uint8Array(65)) }, 'malformed'],
      ['signed garbage', { data: signed(garbage) }, 'malformed'],
      ['a block cut short', { data: signed(good().subarray(0, 500)) }, 'malformed'],
      [
        'bytes after the block',
        { data: signed(Uint8Array.of(...good(), ...new Uint8Array(4))) },
        'malformed',
      ],
    ],
  ],
  [
    '[REJECT] if the `payload.timestamp` is older than 60 seconds in the past',
    [['a block that is 61 s old', late, 'too_old']],
  ],
  [
    '[REJECT] if the `payload.timestamp` is more than 5 seconds into the future',
    [['a block that is 6 s early', { nowSeconds: nowSeconds - 6 }, 'too_early']],
  ],
  [
    '[REJECT] if the `block_hash` in the `payload` is not valid',
    [['a block hash that is not its own', { data: wrongHash() }, 'bad_block_hash']],
  ],
  [
    '[REJECT] if the block is on the V1 topic and has withdrawals',
    [
      [
        'a withdrawal',
        { ...on(0, 0), data: signed(Uint8Array.of(...good(1), ...new Uint8Array(44))) },
        'malformed',
      ],
    ],
  ],
  [
    '[REJECT] if the block is on the V1 topic and has a withdrawals list',
    [['an empty list', on(0, 1), 'malformed']],
  ],
  [
    '[REJECT] if the block is on a topic >= V2 and does not have an empty withdrawals list',
    [
      ['no list', on(1, 0), 'malformed'],
      [
        'a withdrawal on V2',
        { ...on(1, 1), data: signed(Uint8Array.of(...good(1), ...new Uint8Array(44))) },
        'malformed',
      ],
      ['a withdrawal on V4', { data: signed(Uint8Array.of(...good(), ...new Uint8Array(44))) }, 'malformed'],
    ],
  ],
  [
    '[REJECT] if the block is on a topic <= V2 and has a blob gas-used value set, an excess blob gas value set, or a parent beacon block root that is not nil',
    [
      ['a block of V3 on V2', on(1, 2), 'malformed'],
      [
        'a block of V3 without its root on V2',
        { ...on(1, 2), data: signed(good(2).subarray(32)) },
        'malformed',
      ],
      ['a block of V3 on V1', on(0, 2), 'malformed'],
    ],
  ],
  [
    '[REJECT] if the block is on a topic >= V3 and has a blob gas-used value that is not zero',
    [['blob gas before Jovian', { data: block({ blobGasUsed: 1n }) }, 'bad_fields']],
  ],
  [
    '[REJECT] if the block is on a topic >= V3 and has an excess blob gas value that is not zero',
    [
      ['excess blob gas', { data: block({ excessBlobGas: 1n }) }, 'bad_fields'],
      [
        'excess blob gas after Jovian',
        { config: testRollupConfig('jovian'), data: block({ excessBlobGas: 1n }) },
        'bad_fields',
      ],
    ],
  ],
  [
    '[REJECT] if the block is on a topic >= V3 and the parent beacon block root is nil',
    [
      ['a block of V3 without its root', { ...on(2, 2), data: signed(good(2).subarray(32)) }, 'malformed'],
      ['a block of V2 on V3', on(2, 1), 'malformed'],
    ],
  ],
  [
    '[REJECT] if the block is on a topic <= V3 and the l2 withdrawals root is not nil',
    [['a block of V4 on V3', on(2, 3), 'malformed']],
  ],
  [
    '[REJECT] if the block is on a topic >= V4 and the l2 withdrawals root is nil',
    [['a block of V3 on V4', on(3, 2), 'malformed']],
  ],
  [
    '[REJECT] if more than 5 different blocks have been seen with the same block height',
    [['the sixth', { seen: seenWith(5) }, 'too_many_at_height']],
  ],
  [
    '[REJECT] if the signature by the sequencer is not valid',
    [
      ['a signature of zeros', { data: withSignature((s) => s.fill(0)) }, 'bad_signature'],
      [
        'a parity of 27, as Ethereum transactions have it',
        {
          data: withSignature((s) => {
            s[64] = (s[64] as number) + 27
          }),
        },
        'bad_signature',
      ],
      [
        'a flipped bit',
        {
          data: withSignature((s) => {
            s[40] = (s[40] as number) ^ 1
          }),
        },
        'wrong_signer',
      ],
      ['another signer', { data: signed(good(), otherKey) }, 'wrong_signer'],
      ['a signature for another chain', { data: signed(good(), key, 902n) }, 'wrong_signer'],
    ],
  ],
  // "Message compression and limits".
  [
    '[REJECT] if the message is longer than 10 MiB',
    [['compressed bytes', { data: new Uint8Array(gossipMessageLengthMax + 1) }, 'too_long']],
  ],
  // "Gossip Topics": "Pre-Canyon/Shanghai blocks are broadcast on …", "Canyon/Delta blocks …", and so on.
  [
    '[REJECT] if the block is on the topic of another fork than that of its time',
    [
      ['an Ecotone block after Isthmus', { version: 2, data: block({}, 2) }, 'wrong_topic'],
      ['an Isthmus block before Isthmus', { config: testRollupConfig('holocene') }, 'wrong_topic'],
    ],
  ],
  // op-node ignores blocks while it does not know whose signature counts.
  [
    '[IGNORE] if the signer is not known yet',
    [['a good block', { signers: signedBy(null) }, 'unknown_signer']],
  ],
]

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
        signer: 'current',
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

  describe.each(refusals)('%s', (sentence, rows) => {
    it.each(rows)('for %s', (_, change, reason) => {
      const input = { ...base(), ...change }
      const filled = input.seen.isFull(7n)
      const result = validateGossipMessage(input)
      const verdict = sentence.startsWith('[IGNORE]') ? 'ignore' : 'reject'
      expect(result).toEqual({ verdict, reason, detail: expect.any(String) })
      // A refused message leaves no trace.
      expect(input.seen.isFull(7n)).toBe(filled)
      expect(input.seen.has(7n, otherBlockHash)).toBe(false)
    })
  })

  it.each<[string, string, Partial<GossipMessageInput>]>([
    ['compression', 'malformed', { data: Uint8Array.of(1, 2, 3, 4, 5), signers: signedBy(null) }],
    ['signature, of bytes that are no block', 'wrong_signer', { data: signed(garbage, otherKey) }],
    [
      'encoding, of an old block that is cut short',
      'malformed',
      { data: signed(good().subarray(0, 500)), ...late },
    ],
    ['age, of a block on the wrong topic', 'too_old', { version: 2, data: block({}, 2), ...late }],
    [
      'topic, of a block with a wrong hash',
      'wrong_topic',
      { config: testRollupConfig('holocene'), data: wrongHash() },
    ],
    ['hash, of a block with blob gas', 'bad_block_hash', { data: wrongHash({ excessBlobGas: 1n }) }],
    [
      'fields, of a height that is full',
      'bad_fields',
      { data: block({ excessBlobGas: 1n }), seen: seenWith(5) },
    ],
  ])('decides by the first of several faults: the %s', (_, reason, change) => {
    expect(validateGossipMessage({ ...base(), ...change })).toMatchObject({ verdict: 'reject', reason })
  })

  it('[IGNORE] if the block has already been seen, also when its height is full', () => {
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
