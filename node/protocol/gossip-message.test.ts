import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasVectors, vector } from '../adapters/testing/vectors.ts'
import { type ForkSchedule, forksActiveFrom } from '../config/forks.ts'
import { DecodeError } from './byte-reader.ts'
import { bytesToHex, concatBytes, hexToBytes } from './bytes.ts'
import {
  encodeGossipMessage,
  encodeGossipPayload,
  type GossipVersion,
  gossipMessageId,
  gossipVersionFor,
  openGossipMessage,
  payloadSigningHash,
} from './gossip-message.ts'
import { keccak256 } from './hash.ts'
import { snappyCompress, snappyDecompress } from './snappy.ts'
import { payloadEnvelope } from './testing/arbitraries.ts'
import { decodeGossipMessage } from './testing/decode-gossip-message.ts'
import { testRollupConfig } from './testing/rollup-config.ts'

const versions: GossipVersion[] = [0, 1, 2, 3]
const signature = new Uint8Array(65).fill(0x51)

describe('gossip messages', () => {
  it.each(versions)('version %i decodes what is encoded', (version) => {
    fc.assert(
      fc.property(payloadEnvelope(version), (envelope) => {
        const payload = encodeGossipPayload(envelope, version)
        const message = decodeGossipMessage(version, encodeGossipMessage(signature, payload))
        expect(message).toEqual({ signature, payload, payloadHash: keccak256(payload), envelope })
      }),
      { numRuns: 50 },
    )
  })

  const [envelope] = fc.sample(payloadEnvelope(3), { numRuns: 1, seed: 2 })
  const payload = encodeGossipPayload(envelope!, 3)

  it.each([
    ['another topic before', 2, encodeGossipMessage(signature, payload)],
    ['no compression', 3, concatBytes([signature, payload])],
    ['a signature and nothing else', 3, snappyCompress(signature)],
    ['less than a beacon root', 3, snappyCompress(new Uint8Array(90))],
    ['a byte less', 3, encodeGossipMessage(signature, payload.subarray(0, -1))],
    ['a declared length above 10 MiB', 3, Uint8Array.of(0x81, 0x80, 0x80, 0x05, 0x00, 0x41)],
  ] satisfies [string, GossipVersion, Uint8Array][])('refuses %s', (_name, version, data) => {
    expect(() => decodeGossipMessage(version, data)).toThrow(DecodeError)
  })

  it('opens without reading the block', () => {
    const data = encodeGossipMessage(signature, Uint8Array.of(1, 2, 3))
    expect(openGossipMessage(data)).toMatchObject({ signature, payload: Uint8Array.of(1, 2, 3) })
  })

  it('is not encoded with a short signature or without the beacon root', () => {
    expect(() => encodeGossipMessage(signature.subarray(1), payload)).toThrow('65 bytes')
    expect(() => encodeGossipPayload({ payload: envelope!.payload }, 3)).toThrow('parent beacon block root')
  })

  describe.skipIf(!hasVectors)('vectors', () => {
    it.each([
      [0, 573, 1_725_271_882n],
      [1, 577, 1_708_427_627n],
      [2, 625, 1_708_427_461n],
      [3, 657, 1_741_842_007n],
    ] as const)('payload of version %i', (version, length, timestamp) => {
      const data = vector(`gossip/payload-v${version + 1}.hex`)
      const message = decodeGossipMessage(version, data)
      expect(message.signature.length + message.payload.length).toBe(length)
      expect(message.envelope.payload).toMatchObject({ timestamp, blockNumber: 0n })
      const again = encodeGossipMessage(message.signature, encodeGossipPayload(message.envelope, version))
      expect(snappyDecompress(again, 1000)).toEqual(snappyDecompress(data, 1000))
    })
  })
})

describe('topic by fork', () => {
  it.each([
    [{}, 0],
    [forksActiveFrom('regolith'), 0],
    [forksActiveFrom('canyon'), 1],
    [forksActiveFrom('delta'), 1],
    [forksActiveFrom('ecotone'), 2],
    [forksActiveFrom('holocene'), 2],
    [forksActiveFrom('isthmus'), 3],
    [forksActiveFrom('jovian'), 3],
    [forksActiveFrom('karst'), 3],
    [forksActiveFrom('jovian', 2001n), 0],
  ] satisfies [ForkSchedule, GossipVersion][])('%o is version %i', (forks, version) => {
    expect(gossipVersionFor(testRollupConfig(forks), 2000n)).toBe(version)
  })
})

describe('golden values', () => {
  it('of the signing hash', () => {
    const payloadHash = keccak256(new Uint8Array(32).fill(0x99))
    expect(payloadSigningHash(10n, payloadHash)).toBe(
      '0x44a0e2b1aba1aae1771eddae1dcd2ad18a8cdac8891517153f03253e49d3f206',
    )
  })

  it.each([
    ['data that is no snappy', hexToBytes('0x0102030405'), 'b6897dcba59347fedcd694cc0f5117093c9dc727'],
    ['snappy data', snappyCompress(hexToBytes('0x0102030405')), 'adbe547b27f41294a08a09210a5e8531e83cdc16'],
  ])('of the message id of %s', (_name, data, id) => {
    expect(bytesToHex(gossipMessageId('test', data))).toBe(`0x${id}`)
  })

  it('takes a bomb as data that is no snappy', () => {
    const bomb = hexToBytes('0xffffffff0f0041')
    expect(gossipMessageId('test', bomb)).not.toEqual(gossipMessageId('other', bomb))
    expect(gossipMessageId('test', bomb)).toHaveLength(20)
  })
})
