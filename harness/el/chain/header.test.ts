import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { emptyRequestsHash, payloadBlockHash } from '../../../node/protocol/block-hash.ts'
import { bytesToHex } from '../../../node/protocol/bytes.ts'
import { emptyTrieRoot } from '../../../node/protocol/ordered-trie-root.ts'
import {
  type BlockHeader,
  decodeHeader,
  encodeHeader,
  hashHeader,
  headerFromPayload,
  payloadFromHeader,
} from './header.ts'

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => bytesToHex(value))
const hash = bytes(32)
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const bedrock = {
  parentHash: hash,
  feeRecipient: bytes(20),
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bytes(256),
  number: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: fc.uint8Array({ maxLength: 32 }).map((value) => bytesToHex(value)),
  prevRandao: hash,
  baseFeePerGas: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
}
const canyon = { ...bedrock, withdrawalsRoot: fc.constant(emptyTrieRoot) }
const ecotone = { ...canyon, blobGasUsed: uint64, excessBlobGas: uint64, parentBeaconBlockRoot: hash }
const isthmus = { ...ecotone, withdrawalsRoot: hash, requestsHash: fc.constant(emptyRequestsHash) }
const genesis = { ...isthmus, difficulty: fc.constant(7n), nonce: fc.constant('0x00000000000000ff' as const) }
const header: fc.Arbitrary<BlockHeader> = fc.oneof(
  fc.record(bedrock),
  fc.record(canyon),
  fc.record(ecotone),
  fc.record(isthmus),
)

describe('headers of every fork', () => {
  it('come back from their encoding', () => {
    fc.assert(
      fc.property(fc.oneof(header, fc.record(genesis)), (value) => {
        expect(decodeHeader(encodeHeader(value))).toEqual(value)
      }),
    )
  })

  it('hash as the payload that describes the block', () => {
    fc.assert(
      fc.property(header, (value) => {
        const empty = { ...value, transactionsRoot: emptyTrieRoot }
        const envelope = payloadFromHeader(empty, hashHeader(empty), [])
        expect(payloadBlockHash(envelope)).toBe(envelope.payload.blockHash)
        expect(headerFromPayload(envelope)).toEqual(empty)
      }),
    )
  })
})
